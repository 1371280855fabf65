import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { StreamId } from '@millrace/core';
import { type Database, openDatabase, type Transaction } from '@millrace/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';

import { appendTo, counterEvents, COUNTERS_TOPIC, encodeJson, increments, newStream } from './event-store.fixture.ts';
import { PostgresEventStore } from './postgres-event-store.ts';

let created: TestDatabase;
let owner: Database;
let store: PostgresEventStore;
beforeAll(async () => {
  created = await createTestDatabase([COUNTERS_TOPIC]);
  owner = openDatabase({ url: created.url });
  store = new PostgresEventStore({ database: owner, catalogue: counterEvents.old, encode: encodeJson });
});
afterAll(async () => {
  await owner.close();
  await created.drop();
});

/** Reads on from a cursor, one small page after the other, and remembers what it saw. */
class Reader {
  readonly seen: string[] = [];
  readonly #since: string | undefined;
  #cursor: string | undefined;

  constructor(since?: string) {
    this.#since = since;
  }

  async readOn(): Promise<void> {
    for (;;) {
      const page = await store.readAll({ after: this.#cursor, since: this.#since, limit: 3 });
      if (page.events.length === 0) return;
      this.seen.push(...page.events.map(({ eventId }) => eventId));
      this.#cursor = page.cursor;
    }
  }
}

async function insert(
  transaction: Transaction,
  { tenantId, aggregateType, aggregateId }: StreamId,
  sequenceNumber: number,
): Promise<void> {
  await transaction.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, correlation_id, traceparent, occurred_at)
     values ($1, $2, $3, $4, $5, 'CounterIncremented', 2, '{}', 'correlation', 'trace', now())`,
    [tenantId, aggregateType, aggregateId, sequenceNumber, randomUUID()],
  );
}

const idsInStore = async () =>
  (await owner.query<{ event_id: string }>('select event_id from event_store.events order by event_id')).rows.map(
    (row) => row.event_id,
  );

it('T-4 SHR-11 shows nothing behind which a slow transaction may still write', async () => {
  const reader = new Reader();
  await owner.transaction(async (slow) => {
    await insert(slow, newStream(), 1);
    const quick = newStream();
    await store.append(appendTo(quick, { events: increments(4) }));
    await reader.readOn();
    expect(reader.seen).toEqual([]);
  });
  await eventually(async () => {
    await reader.readOn();
    return reader.seen.length === 5;
  });
  expect([...reader.seen].sort()).toEqual(await idsInStore());
});

// The first event of each short transaction occurred at exactly that instant, those of the long ones later.
it.each([undefined, '2026-01-02T00:00:00Z'])(
  'T-4 SHR-11 TOX-12 since %s visits every event exactly once while long and short transactions commit out of order',
  async (since) => {
    const reader = new Reader(since);
    let writing = true;
    const reading = (async () => {
      while (writing) await reader.readOn();
    })();
    const long = async () => {
      await owner.transaction(async (transaction) => {
        const stream = newStream();
        for (let sequenceNumber = 1; sequenceNumber <= 5; sequenceNumber += 1) {
          await insert(transaction, stream, sequenceNumber);
          await store.append(appendTo(newStream(), { events: increments(2) }));
        }
      });
    };
    await Promise.all([long(), long(), long()]);
    writing = false;
    await reading;
    const all = await idsInStore();
    await eventually(async () => {
      await reader.readOn();
      return reader.seen.length >= all.length;
    });
    expect([...reader.seen].sort()).toEqual(all);
  },
);

it('T-46 raises when a sequence number does not fit a JavaScript number', async () => {
  const stream = newStream();
  await owner.transaction(async (transaction) => {
    await transaction.query(
      `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, correlation_id, traceparent, occurred_at)
       values ($1, $2, $3, 9007199254740993, $4, 'CounterIncremented', 2, '{}', 'correlation', 'trace', now())`,
      [stream.tenantId, stream.aggregateType, stream.aggregateId, randomUUID()],
    );
  });
  await expect(store.load(stream)).rejects.toThrow('9007199254740993 does not fit');
});
