import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';
import { isWhole } from '@millrace/verification';

import { addedEvent, wire } from './audited-counters.fixture.ts';
import { AuditedSystem } from './audited-system.fixture.ts';

let system: AuditedSystem;

beforeEach(async () => {
  const { kafkaBrokers: brokers } = testServices();
  system = await AuditedSystem.start({ brokers, createDatabase: createTestDatabase, eventually });
});
afterEach(() => system.stop());

/** How many of each kind, by topic and group. */
async function verified() {
  const report = await system.verify();
  const { store, topics, groups } = report;
  return {
    whole: isWhole(report),
    gaps: store.gaps.count,
    topic: topics.map(({ expected, lost, invented, duplicated, outOfOrder, reemitted }) => ({
      ...{ expected, reemitted, lost: lost.count, invented: invented.count, duplicated: duplicated.count },
      outOfOrder: outOfOrder.examples.map(({ aggregateId, version }) => `${aggregateId}@${version}`),
    })),
    groups: Object.fromEntries(
      groups.map(({ group, lag, skipped, missing, extra, drifted }) => [
        group,
        lag > 0 ? 'behind' : [skipped, missing, extra, drifted].map(({ count }) => count),
      ]),
    ),
  };
}

const NOTHING = [0, 0, 0, 0];

describe('everything against everything', () => {
  test('ACC-52 agrees in a clean system, also while groups are behind', async () => {
    await system.store.append('a', 3);
    await system.store.append('b', 1, { tenantId: 'umbrella' });
    await system.canaryThrough();
    await system.consume();
    const topic = [{ expected: 4, reemitted: 0, lost: 0, invented: 0, duplicated: 0, outOfOrder: [] }];
    const groups = { counters: NOTHING, days: NOTHING, log: NOTHING };
    expect(await verified()).toEqual({ whole: true, gaps: 0, topic, groups });
    await system.store.append('a', 1);
    await system.canaryThrough();
    await system.consume([system.projections.days]);
    expect(await verified()).toMatchObject({
      whole: true,
      groups: { counters: 'behind', days: NOTHING, log: 'behind' },
    });
  });

  test('ACC-52 T-33 T-35 counts what is lost, invented, doubled, reordered, missing, extra and different', async () => {
    const [, lost] = await system.store.append('lost', 2);
    const [first, second] = await system.store.append('swapped', 2);
    await system.relay([lost?.eventId ?? '', first?.eventId ?? '', second?.eventId ?? '']);
    for (const event of [second, first, first]) if (event) await system.producer.send(system.topic, [wire(event)]);
    const ghost = addedEvent({ tenantId: 'acme', aggregateId: 'ghost', sequenceNumber: 1 });
    await system.canaryThrough();
    await system.consume();
    // Behind what the groups have read, so that they do not apply it.
    await system.producer.send(system.topic, [wire(ghost)]);
    await system.owner.query(`update read_model.counters set total = 99 where counter_id = 'swapped'`);
    await system.owner.query(`insert into read_model.counters values ('acme', 'nobody', 1, 1)`);
    await system.owner.query(`delete from read_model.counter_log where event_id = $1`, [first?.eventId]);
    await system.owner.query('update read_model.counter_days set added = added + 1');
    await system.owner.query(
      `update consumer.positions p set next_offset = next_offset + 1 where consumer_group <> 'auditor' and topic = $1`,
      [system.topic],
    );
    const { topic, groups, whole } = await verified();
    expect(whole).toBe(false);
    expect(topic).toEqual([
      { expected: 4, reemitted: 0, lost: 1, invented: 1, duplicated: 1, outOfOrder: ['swapped@1'] },
    ]);
    // Nobody was given version 2 of the counter whose record was lost.
    expect(groups).toEqual({ counters: [1, 0, 1, 1], days: [1, 0, 0, 1], log: [1, 1, 0, 0] });
  });
});
