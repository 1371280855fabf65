import { type ChildProcess, spawn } from 'node:child_process';
import { join as path } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureTopics, partitionRanges } from '@millrace/kafka';
import { addPartitions, deleteRecords, deleteTopic, openBlackHole } from '@millrace/kafka/testing';
import type { Database } from '@millrace/postgres';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';

import { counterEvents, counters, storeEvents } from './counter.fixture.ts';
import { seekToBeginning } from './position.ts';
import { rebuildProjection } from './rebuild.ts';
import { type RunningGroup, RunningGroups } from './running-group.fixture.ts';

const COUNTERS = 24;
const patient = { timeoutMs: 100_000 };

describe('a group under change', () => {
  let groups: RunningGroups;
  const processes: ChildProcess[] = [];
  beforeAll(async () => {
    groups = await RunningGroups.open({ brokers: testServices().kafkaBrokers, createTestDatabase });
  });
  afterEach(async () => {
    for (const child of processes.splice(0)) child.kill('SIGKILL');
    await groups.stopAll();
  });
  afterAll(() => groups.close());

  /** Sends the next event of every counter again and again, until it is told to end. */
  function load({ events, send }: RunningGroup, pauseMs: number) {
    const state = { sent: 0, ended: false };
    const sending = (async () => {
      for (let version = 1; !state.ended; version += 1) {
        await send(events(COUNTERS, { from: version, rounds: 1 }));
        state.sent += COUNTERS;
        await delay(pauseMs);
      }
    })();
    const end = async () => {
      state.ended = true;
      await sending;
      return state.sent;
    };
    return { state, end };
  }

  async function expectExactly({ total, parked }: RunningGroup, events: number): Promise<void> {
    await eventually(async () => (await total()) >= events, patient);
    expect([await total(), await parked()]).toEqual([events, 0]);
  }

  test('ORD-53 SHR-31 a member comes or goes every 2 s for 30 s: exact effects, and progress in every 10 s', async () => {
    const group = await groups.newGroup(6);
    groups.join(group.topic);
    const { end } = load(group, 50);
    const further: ReturnType<RunningGroups['join']>[] = [];
    const windows: number[] = [];
    for (let change = 0; change < 15; change += 1) {
      if (change % 5 === 0) windows.push(await group.total());
      // Two come, one goes, so that the group has one to four members.
      if (change % 3 < 2 && further.length < 3) further.push(groups.join(group.topic));
      else await further.shift()?.consumer.stop();
      await delay(2_000);
    }
    windows.push(await group.total());
    for (const [index, before] of windows.slice(0, -1).entries()) expect(windows[index + 1]).toBeGreaterThan(before);
    await expectExactly(group, await end());
  });

  test('ORD-53 a process that is stopped in a transaction lets another take over, and does no harm when it wakes', async () => {
    const group = await groups.newGroup(4);
    const fixture = path(import.meta.dirname, 'member-process.fixture.ts');
    const member = [fixture, group.topic, groups.projectorUrl, ...groups.brokers];
    const zombie = spawn(process.execPath, member, { stdio: 'ignore' });
    processes.push(zombie);
    const { state, end } = load(group, 300);
    await eventually(async () => (await group.total()) > 0, patient);
    zombie.kill('SIGSTOP');
    const { consumer } = groups.join(group.topic);
    const sentBefore = state.sent;
    await eventually(async () => (await group.total()) > sentBefore + 5 * COUNTERS, patient);
    expect(consumer.state().assigned).toHaveLength(4);
    zombie.kill('SIGCONT');
    await eventually(() => consumer.state().assigned.length < 4, patient);
    await expectExactly(group, await end());
    expect(zombie.exitCode).toBeNull();
  });

  test('ORD-52 T-39 a slow database keeps its group back for longer than a session, and nobody else', async () => {
    const group = await groups.newGroup(2);
    const { databases } = groups;
    const busy = { transactions: 0 };
    const slow: Database = {
      ...databases.projector,
      transaction: async (work) => {
        busy.transactions += 1;
        // The first takes longer than the session: heartbeats go on in the middle of a batch.
        await delay(busy.transactions === 1 ? 8_000 : 200);
        return databases.projector.transaction(work);
      },
    };
    const slowGroup = `${group.topic}-slow`;
    await group.send(group.events(COUNTERS, { from: 1, rounds: 40 }));
    const { consumer } = groups.join(group.topic, { group: slowGroup, database: slow });
    await eventually(() => busy.transactions > 0, patient);
    const positionOf = async (name: string) => {
      const { rows } = await databases.owner.query<{ sum: number }>(
        'select coalesce(sum(next_offset), 0) as sum from consumer.positions where consumer_group = $1',
        [name],
      );
      return Number(rows[0]?.sum);
    };
    groups.join(group.topic, { group: `${group.topic}-fast` });
    await eventually(async () => (await positionOf(`${group.topic}-fast`)) === 40 * COUNTERS, patient);
    expect(await positionOf(slowGroup)).toBeLessThan(40 * COUNTERS);
    const assigned = consumer.state().assigned.length;
    await eventually(async () => (await positionOf(slowGroup)) === 40 * COUNTERS, patient);
    expect([assigned, consumer.state().assigned.length]).toEqual([2, 2]);
  });

  test('ORD-51 SHR-39 a member whose broker connections go silent is made anew within 60 s', async () => {
    const group = await groups.newGroup(3);
    const port = Number(groups.brokers[0]?.split(':').at(-1));
    const hole = await openBlackHole(port);
    try {
      const member = groups.supervise(group.topic);
      await group.send(group.events(COUNTERS, { from: 1, rounds: 2 }));
      await eventually(async () => (await group.total()) === 2 * COUNTERS, patient);
      hole.swallow();
      expect(hole.swallowed).toBeGreaterThan(0);
      const silentAt = performance.now();
      await group.send(group.events(COUNTERS, { from: 3, rounds: 2 }));
      await eventually(async () => (await group.total()) === 4 * COUNTERS, patient);
      expect(performance.now() - silentAt).toBeLessThan(60_000);
      expect([member.restarts, await group.parked()]).toEqual([1, 0]);
    } finally {
      await groups.stopAll();
      await hole.close();
    }
  });

  test('ORD-51 T-41 records that retention took before they were read end the process; rebuilt and set back, it goes on', async () => {
    const group = await groups.newGroup(1);
    const events = group.events(COUNTERS, { from: 1, rounds: 3 });
    await storeEvents(groups.databases.owner, events);
    const { consumer } = groups.join(group.topic);
    await group.send(events.slice(0, COUNTERS));
    await eventually(async () => (await group.total()) === COUNTERS, patient);
    await consumer.stop();
    await group.send(events.slice(COUNTERS));
    await deleteRecords(groups.brokers, { topic: group.topic, before: 2 * COUNTERS });
    const failures: unknown[] = [];
    groups.supervise(group.topic, (error) => failures.push(error));
    await eventually(() => failures.length > 0, patient);
    expect(failures).toMatchObject([{ code: 'PREFLIGHT_FAILED', message: expect.stringContaining('Rebuild') }]);
    expect(await group.total()).toBe(COUNTERS);

    const projection = { ...counters, name: group.topic, topics: [group.topic] };
    await rebuildProjection({ database: groups.databases.owner, catalogue: counterEvents, projection, partitions: 1 });
    await seekToBeginning(groups.databases.owner, group.topic);
    groups.supervise(group.topic);
    await group.send(group.events(COUNTERS, { from: 4, rounds: 1 }));
    await expectExactly(group, 4 * COUNTERS);
  });

  test('T-33 a log that lost its end and has grown past the position since is read again, and nothing is passed over', async () => {
    const group = await groups.newGroup(1);
    const { consumer } = groups.join(group.topic);
    await group.send(group.events(COUNTERS, { from: 1, rounds: 1 }));
    await eventually(async () => (await group.total()) === COUNTERS, patient);
    await consumer.stop();
    await deleteTopic(groups.brokers, group.topic);
    const spec = { name: group.topic, partitions: 1, replicationFactor: 1 };
    await eventually(async () => {
      await ensureTopics({ brokers: groups.brokers }, [spec]);
      return (await partitionRanges({ brokers: groups.brokers }, [group.topic])).length === 1;
    }, patient);
    await groups.sendAnew(group.topic, group.events(COUNTERS, { from: 2, rounds: 3 }));
    groups.supervise(group.topic);
    await expectExactly(group, 4 * COUNTERS);
  });

  test('ORD-53 T-31 partitions added behind our back are told by the next deployment, and change no effect', async () => {
    const group = await groups.newGroup(2);
    const events = group.events(COUNTERS, { from: 1, rounds: 6 });
    await storeEvents(groups.databases.owner, events);
    groups.join(group.topic);
    await group.send(events.slice(0, 3 * COUNTERS));
    await addPartitions(groups.brokers, group.topic, 6);
    const spec = { name: group.topic, partitions: 2, replicationFactor: 1 };
    expect((await ensureTopics({ brokers: groups.brokers }, [spec])).problems).toEqual([
      `topic ${group.topic} has 6 partitions, it must have 2`,
    ]);
    // Keys have moved: later events of a counter may be read before earlier ones.
    await groups.sendAnew(group.topic, events.slice(3 * COUNTERS));
    const { consumer } = groups.join(group.topic);
    await eventually(() => consumer.state().assigned.length === 3, patient);
    await expectExactly(group, 6 * COUNTERS);
  });
});
