import { randomUUID } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from '@millrace/postgres';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';

import { addedEvent, TYPE, wire } from './audited-counters.fixture.ts';
import { storeEvent } from './audited-store.fixture.ts';
import { AuditedSystem } from './audited-system.fixture.ts';
import { type AuditRounds, countOpenFindings, openFindings, resolveFindings } from './index.ts';

let system: AuditedSystem;
let owner: Database;
let rounds: AuditRounds;

beforeEach(async () => {
  const { kafkaBrokers: brokers } = testServices();
  system = await AuditedSystem.start({ brokers, createDatabase: createTestDatabase, eventually });
  owner = system.owner;
  rounds = system.roundsWith();
});
afterEach(() => system.stop());

/** Everything has arrived and been applied. */
async function settle(): Promise<void> {
  await system.canaryThrough();
  await system.consume();
}

async function check(): Promise<void> {
  await rounds.sweep();
  await rounds.checkGroups();
}

/** Rounds until the samples have gone through every row. */
async function checkAll(): Promise<void> {
  for (let round = 0; round < 4; round += 1) await check();
}

async function acceptAll(): Promise<void> {
  const open = await openFindings(owner);
  await resolveFindings(
    owner,
    open.map(({ findingId }) => findingId),
  );
}

const id = (name: string) => `${name}-${randomUUID().slice(0, 8)}`;

describe('a clean system', () => {
  test('ACC-52 ACC-81 has no finding: at rest, while a group lags, while events are on their way', async () => {
    const [a, b] = [id('a'), id('b')];
    await system.store.append(a, 3);
    await system.store.append(b, 2, { tenantId: 'umbrella' });
    await settle();
    await checkAll();
    expect(await system.findings()).toEqual([]);

    // On their way: stored, and nobody has relayed them.
    await system.store.append(a, 2);
    await check();
    expect(await system.findings()).toEqual([]);

    // Two groups lag, one of them partly.
    await system.canaryThrough();
    await system.consume([system.projections.counters]);
    await checkAll();
    expect(await system.findings()).toEqual([]);
    await settle();
    await checkAll();
    expect(await system.findings()).toEqual([]);
  });

  test('ACC-52 has none for events younger than the horizon, nor while positions are set back or events are parked', async () => {
    const a = id('a');
    await system.store.append(a, 2, { silent: true });
    await settle();
    await system.roundsWith({ olderThanSeconds: 3_600 }).sweep();
    expect(await system.findings()).toEqual([]);
    await rounds.sweep();
    expect(await system.findings()).toMatchObject([
      { aggregateId: a, sequenceNumber: 1 },
      { aggregateId: a, sequenceNumber: 2 },
    ]);
    await acceptAll();

    const parked = id('parked');
    await system.store.append(parked, 1);
    await system.canaryThrough();
    const { counters } = system.projections;
    await system.consume();
    await owner.query('delete from read_model.counters where counter_id = $1', [parked]);
    await owner.query(
      `insert into consumer.parked_events (consumer_group, topic, partition, record_offset, tenant_id, aggregate_type, aggregate_id,
         sequence_number, event_id, event_type, headers, error_code, error_detail)
       values ($1, $2, 0, 1000, 'acme', $3, $4, 1, 'x', 'Added', '{}', 'X', 'x')`,
      [counters.name, system.topic, TYPE, parked],
    );
    await checkAll();
    expect(await system.findings()).toEqual([]);
    await owner.query('delete from consumer.parked_events');
    await checkAll();
    expect(await system.findings()).toMatchObject([{ kind: 'row_missing', aggregateId: parked, group: counters.name }]);
    await owner.query(`insert into read_model.counters values ('acme', $1, 1, 1)`, [parked]);

    await owner.query('delete from consumer.positions where consumer_group <> $1', ['auditor']);
    await checkAll();
    expect(await system.findings()).toEqual([]);
    await system.consume();
  });
});

describe('a canary', () => {
  test('ACC-52 ACC-81 does not vouch for a transaction that was open when it was written', async () => {
    const event = addedEvent({ tenantId: 'acme', aggregateId: id('slow'), sequenceNumber: 1 });
    const [stored, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = owner.transaction(async (transaction) => {
      await storeEvent(transaction, event);
      stored.resolve();
      await gate.promise;
    });
    await stored.promise;
    // Later than the open one, and at its end already.
    await system.store.append(id('quick'), 1);
    await system.oneCanaryThrough();
    gate.resolve();
    await slow;
    await rounds.sweep();
    expect(await system.findings()).toEqual([]);
    await system.canaryThrough();
    await rounds.sweep();
    expect(await system.findings()).toMatchObject([{ kind: 'hole', aggregateId: event.aggregateId }]);
  });
});

describe('rows', () => {
  test('ACC-52 a corrupted, a deleted and an invented row are named, and closed when they are right again', async () => {
    const [drifted, missing, extra] = [id('drifted'), id('missing'), id('extra')];
    await system.store.append(drifted, 2);
    await system.store.append(missing, 2);
    await settle();
    await checkAll();
    await owner.query('update read_model.counters set total = 99 where counter_id = $1', [drifted]);
    await owner.query('delete from read_model.counters where counter_id = $1', [missing]);
    await owner.query(`insert into read_model.counters values ('acme', $1, 1, 1)`, [extra]);
    await checkAll();
    const group = system.projections.counters.name;
    const found = await system.findings();
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'row_drifted',
          tenantId: 'acme',
          aggregateId: drifted,
          sequenceNumber: 2,
          group,
        }),
        expect.objectContaining({ kind: 'row_missing', tenantId: 'acme', aggregateId: missing, group }),
        expect.objectContaining({ kind: 'row_extra', tenantId: 'acme', aggregateId: extra, group }),
      ]),
    );
    expect(Object.fromEntries(await countOpenFindings(owner))).toMatchObject({
      row_drifted: 1,
      row_missing: 1,
      row_extra: 1,
      hole: 0,
    });
    expect((await openFindings(owner, { kinds: ['row_drifted'] }))[0]?.detail).toMatch(
      /differs from a replay in total/,
    );
    await owner.query('update read_model.counters set total = 3 where counter_id = $1', [drifted]);
    await owner.query(`insert into read_model.counters values ('acme', $1, 3, 2)`, [missing]);
    await owner.query('delete from read_model.counters where counter_id = $1', [extra]);
    await check();
    expect(await system.findings()).toEqual([]);
  });

  test('ACC-52 the effect of one record that was deleted is named, whatever the rows gather', async () => {
    const [a] = await system.store.append(id('a'), 1);
    await settle();
    await checkAll();
    await owner.query('delete from read_model.counter_log where event_id = $1', [a?.eventId]);
    await owner.query(`update read_model.counter_days set added = added - 1`);
    await checkAll();
    const found = await system.findings();
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'row_missing',
          aggregateId: a?.aggregateId,
          group: system.projections.log.name,
        }),
        expect.objectContaining({ kind: 'row_drifted', tenantId: 'acme', group: system.projections.days.name }),
      ]),
    );
    await owner.query(`insert into read_model.counter_log values ('acme', $1, 1)`, [a?.eventId]);
    await owner.query(`update read_model.counter_days set added = added + 1`);
    await check();
    expect(await system.findings()).toEqual([]);
  });

  test('ACC-52 ACC-23 a position that was moved by hand is named with the event it skipped', async () => {
    const a = id('a');
    const { counters, days, log } = system.projections;
    await system.store.append(a, 1);
    await settle();
    await system.store.append(a, 1);
    await system.canaryThrough();
    await system.consume([counters, log]);
    await owner.query(
      `update consumer.positions d set next_offset = c.next_offset from consumer.positions c
        where d.consumer_group = $1 and c.consumer_group = $2 and c.topic = d.topic and c.partition = d.partition`,
      [days.name, counters.name],
    );
    await check();
    expect(await system.findings()).toEqual([
      { kind: 'position_skipped', tenantId: 'acme', aggregateId: a, sequenceNumber: 2, group: days.name, topic: null },
    ]);
    // The next event of the aggregate makes the group repair the gap.
    await system.store.append(a, 1);
    await settle();
    await check();
    expect(await system.findings()).toEqual([]);
  });

  test('ACC-52 a round costs the same however much there is', async () => {
    for (let n = 0; n < 40; n += 1) await system.store.append(id('many'), 1);
    await settle();
    await checkAll();
    const bounded = system.roundsWith();
    const { checked } = await bounded.checkGroups();
    // Two projections sample 25 streams of one to three events; the third one tenant of less than 500.
    expect(checked).toBeLessThan(2 * 25 * 4 + 500);
    expect(await system.findings()).toEqual([]);
  });
});

describe('the topic', () => {
  test('T-33 an event that was stored and never relayed is a hole, sent again once, and closed when it comes', async () => {
    const [a, b] = [id('a'), id('b')];
    const [lost] = await system.store.append(a, 1, { silent: true });
    const [, dropped] = await system.store.append(b, 3);
    await system.relay([dropped?.eventId ?? '']);
    await system.canaryThrough();
    const { holes } = await rounds.sweep();
    expect(holes).toEqual(new Map([[system.topic, 2]]));
    expect(await system.findings()).toMatchObject([
      { kind: 'hole', tenantId: 'acme', aggregateId: a, sequenceNumber: 1, topic: system.topic },
      { kind: 'hole', tenantId: 'acme', aggregateId: b, sequenceNumber: 2, topic: system.topic },
    ]);
    const healing = system.roundsWith({ republisher: system.store.republisher });
    await healing.sweep();
    await healing.sweep();
    expect(system.store.reemitted).toEqual([lost?.eventId, dropped?.eventId]);
    await settle();
    await healing.sweep();
    await checkAll();
    // It came behind version 3, as it had to: that is no disorder.
    expect(await system.findings()).toEqual([]);
  });

  test('SHR-32 T-35 an invented record, a forged one and wrong order are named; a duplicate is not', async () => {
    const [ghost, forged, swapped] = [id('ghost'), id('forged'), id('swapped')];
    await system.store.append(forged, 1);
    const [first, second] = await system.store.append(swapped, 2);
    await system.relay([first?.eventId ?? '', second?.eventId ?? '']);
    for (const event of [second, first, first]) if (event) await system.producer.send(system.topic, [wire(event)]);
    const invented = addedEvent({ tenantId: 'acme', aggregateId: ghost, sequenceNumber: 1 });
    const other = addedEvent({ tenantId: 'acme', aggregateId: forged, sequenceNumber: 1 });
    for (const event of [invented, other]) await system.producer.send(system.topic, [wire(event)]);
    await system.producer.send(system.topic, [{ key: 'nameless', value: 'x' }]);
    await system.auditorHasRead();
    const found = await system.findings();
    expect(found).toHaveLength(4);
    expect(found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'out_of_order', aggregateId: swapped, sequenceNumber: 1 }),
        expect.objectContaining({ kind: 'invention', aggregateId: ghost, sequenceNumber: 1 }),
        expect.objectContaining({ kind: 'invention', aggregateId: forged, sequenceNumber: 1 }),
        expect.objectContaining({ kind: 'invention', aggregateId: 'nameless', sequenceNumber: 0 }),
      ]),
    );
  });

  test('ACC-81 a record of a timeline that a restore has ended is nobody’s invention', async () => {
    await owner.query('update event_store.epoch set epoch = 2');
    const gone = addedEvent({ tenantId: 'acme', aggregateId: id('gone'), sequenceNumber: 1 });
    await system.producer.send(system.topic, [wire(gone)]);
    await system.auditorHasRead();
    expect(await system.findings()).toEqual([]);
  });

  test('T-33 a public record that is missing is found in the outbox', async () => {
    const event = addedEvent({ tenantId: 'acme', aggregateId: id('public'), sequenceNumber: 4 });
    await owner.transaction((transaction) => system.store.announce(transaction, event, system.publicTopic));
    await system.relay([event.eventId]);
    await system.canaryThrough();
    await rounds.sweep();
    expect(await system.findings()).toMatchObject([
      { kind: 'hole', topic: system.publicTopic, aggregateId: event.aggregateId, sequenceNumber: 4 },
    ]);
    await system.producer.send(system.publicTopic, [wire(event)]);
    await system.auditorHasRead();
    await rounds.sweep();
    expect(await system.findings()).toEqual([]);
  });
});
