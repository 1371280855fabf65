import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHealthServer } from '@millrace/http';
import { partitionRanges } from '@millrace/kafka';
import { createLogger, createMetrics } from '@millrace/telemetry';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';

import { FleetScene } from './fleet/fleet.fixture.ts';
import { readGroupControl } from './group-control.ts';
import { PausableHandler, setPaused } from './group-pause.ts';
import { loadPositions, seekBack } from './position.ts';

describe('a paused group', () => {
  let scene: FleetScene;
  beforeEach(async () => {
    scene = await FleetScene.open({ createTestDatabase, eventually, testServices });
  });
  afterEach(() => scene.close());

  test('SHR-36 ORD-54 stands still under load within two seconds, also when its process starts anew, and goes on where it stood', async () => {
    const projection = scene.projection('counters');
    const pause = (paused: boolean) => setPaused(scene.owner, projection.name, { paused, by: 'spec' });
    const positions = async () => {
      const stored = await loadPositions(scene.owner, projection.name);
      return stored.map(({ partition, nextOffset }) => [partition, nextOffset]);
    };
    const stop = scene.join(projection);
    let over = false;
    const writing = scene.storm(() => over);
    try {
      await eventually(async () => (await positions()).length === 3);
      expect([await pause(true), await pause(true)]).toEqual([true, false]);
      await delay(2_000);
      const stood = await positions();
      await delay(1_000);
      expect(await positions()).toEqual(stood);
      await stop();
      const again = scene.join(projection);
      await delay(4_000);
      expect(await positions()).toEqual(stood);
      // Lag is measured from outside all the while.
      const ranges = await partitionRanges({ brokers: testServices().kafkaBrokers }, [scene.topic]);
      const ends = ranges.reduce((sum, { end }) => sum + end, 0);
      expect(ends).toBeGreaterThan(stood.reduce((sum, [, next]) => sum + (next ?? 0), 0));
      expect([await pause(false), await pause(false)]).toEqual([true, false]);
      await eventually(async () => JSON.stringify(await positions()) !== JSON.stringify(stood), { timeoutMs: 10_000 });
      void again;
    } finally {
      over = true;
      await writing;
    }
    await scene.drained(projection);
  }, 60_000);

  test('ORD-54 it says so, and takes no batch before it knows', async () => {
    const metrics = createMetrics('spec');
    const taken: number[] = [];
    const handler = new PausableHandler({
      group: 'g',
      database: scene.projector,
      metrics,
      handler: {
        position: async () => ({ next: 0 }),
        handle: async ({ nextOffset }) => (taken.push(nextOffset), 'done'),
      },
    });
    const batch = { topic: 't', partition: 0, records: [], nextOffset: 1, highWatermark: 1 };
    await setPaused(scene.owner, 'g', { paused: true, by: 'spec' });
    expect(await handler.handle(batch)).toMatchObject({ readAgainInMs: 1_000 });
    expect([handler.paused, taken]).toEqual([true, []]);
    expect((await metrics.scrape()).body).toContain('millrace_group_paused{group="g"} 1');
    handler.obey({ paused: false, held: false });
    expect([await handler.handle(batch), taken]).toEqual(['done', [1]]);
    expect((await metrics.scrape()).body).toContain('millrace_group_paused{group="g"} 0');
  });

  test('T-17 it takes no batch either while the relay is held because the database was put back, and says so', async () => {
    const taken: number[] = [];
    const handler = new PausableHandler({
      group: 'held',
      database: scene.projector,
      metrics: createMetrics('spec'),
      handler: {
        position: async () => ({ next: 0 }),
        handle: async ({ nextOffset }) => (taken.push(nextOffset), 'done'),
      },
    });
    const batch = { topic: 't', partition: 0, records: [], nextOffset: 1, highWatermark: 1 };
    const obey = async () => handler.obey(await readGroupControl(scene.projector, 'held'));
    await scene.owner.query(`insert into outbox.relay_hold (cause, detail) values ('store_went_back', 'spec')`);
    expect(await handler.handle(batch)).toMatchObject({ readAgainInMs: 1_000 });
    expect(await handler.health.check()).toMatch('the database was put back');
    // Any other hold is the relay's alone.
    await scene.owner.query(`update outbox.relay_hold set cause = 'slot_missing'`);
    await obey();
    expect([await handler.handle(batch), await handler.health.check(), taken]).toEqual(['done', undefined, [1]]);
  });

  test('ORD-54 its process is ready, and says on /readyz that it is paused', async () => {
    const metrics = createMetrics('spec');
    const logger = createLogger({ service: 'pause-spec', level: 'silent' });
    const inner = { position: async () => ({ next: 0 }), handle: async () => 'done' as const };
    const handler = new PausableHandler({ group: 'g', database: scene.projector, metrics, handler: inner });
    const server = createHealthServer({ logger, metrics, health: [handler.health] });
    const ready = async () => {
      const { statusCode, body } = await server.inject('/readyz');
      return [statusCode, JSON.parse(body) as object];
    };
    handler.obey({ paused: true, held: false });
    const check = { name: 'paused', ok: true, detail: 'an operator has paused the group' };
    expect(await ready()).toMatchObject([200, { status: 'ready', checks: [check] }]);
    handler.obey({ paused: false, held: false });
    expect(await ready()).toEqual([200, { status: 'ready' }]);
    await server.close();
  });

  test('ACC-23 set back to an offset it reads again; forwards it is not moved', async () => {
    const at = { group: 'seek', topic: 't', partition: 0 };
    await scene.owner.query(
      `insert into consumer.positions (consumer_group, topic, partition, next_offset) values ('seek', 't', 0, 7)`,
    );
    expect(await seekBack(scene.owner, at, 9)).toBe(false);
    expect(await seekBack(scene.owner, at, 3)).toBe(true);
    expect(await loadPositions(scene.owner, 'seek')).toMatchObject([{ nextOffset: 3 }]);
  });
});
