import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';

import {
  appendTo,
  causation,
  counterEvents,
  COUNTERS_TOPIC,
  encodeJson,
  increment,
  increments,
  newStream,
} from './event-store.fixture.ts';
import { PostgresEventStore } from './postgres-event-store.ts';

let created: TestDatabase;
let owner: Database;
let database: Database;
let store: PostgresEventStore;
beforeAll(async () => {
  created = await createTestDatabase([COUNTERS_TOPIC]);
  owner = openDatabase({ url: created.url });
  database = openDatabase({ url: created.roleUrls.command });
  store = storeOn(database);
});
afterAll(async () => {
  await Promise.all([owner.close(), database.close()]);
  await created.drop();
});

const storeOn = (connection: Database, encode = encodeJson) =>
  new PostgresEventStore({ database: connection, catalogue: counterEvents.old, encode });

const rowsOf = async (sql: string, values: unknown[] = []) => (await owner.query(sql, values)).rows;
const countRows = (aggregateId: string) =>
  rowsOf(
    `select (select count(*) from event_store.events where aggregate_id = $1) as events,
            (select count(*) from outbox.outbox_messages where key = $1) as messages`,
    [aggregateId],
  );

describe('one round trip', () => {
  it('SHR-10 ACC-32 appends events, messages and answer with one statement and no explicit transaction', async () => {
    const statements: unknown[] = [];
    const counting: Database = {
      ...database,
      query: (statement, values) => {
        statements.push(statement);
        return database.query(statement, values);
      },
      transaction: () => Promise.reject(new Error('no explicit transaction')),
    };
    const idempotency = { key: randomUUID(), requestHash: 'hash', answerStatus: 201, answer: {} };
    await storeOn(counting).append(appendTo(newStream(), { events: increments(3), idempotency }));
    expect(statements).toHaveLength(1);
  });
});

describe('events and messages', () => {
  it('SHR-4 SHR-14 announces each event with equal values, in order', async () => {
    const stream = newStream();
    await store.append(appendTo(stream, { events: increments(3) }));
    const rows = await rowsOf(
      `select e.sequence_number, e.transaction_id = first_value(e.transaction_id) over () as together,
              m.id = e.event_id and m.type = e.event_type and m.ce_aggregateversion::bigint = e.sequence_number
              and m.ce_eventversion::int = e.event_version and m.ce_time::timestamptz = e.occurred_at
              and m.ce_tenantid = e.tenant_id and m.ce_aggregatetype = e.aggregate_type and m.ce_correlationid = e.correlation_id
              and m.ce_causationid = e.causation_id and m.ce_userid = e.user_id and m.ce_sessionid = e.session_id
              and m.traceparent = e.traceparent as equal, m.topic, m.ce_source, m.ce_dataschema, convert_from(m.payload, 'UTF8')::jsonb as value
         from event_store.events e join outbox.outbox_messages m on m.id = e.event_id where e.aggregate_id = $1 order by m.seq`,
      [stream.aggregateId],
    );
    const common = {
      together: true,
      equal: true,
      topic: COUNTERS_TOPIC,
      ce_source: 'urn:millrace:counters',
      ce_dataschema: 'urn:millrace:schema:counters.CounterIncremented:2',
    };
    expect(rows).toEqual(
      [1, 2, 3].map((by) => ({ sequence_number: by, ...common, value: { type: 'CounterIncremented', data: { by } } })),
    );
  });

  it('ORD-31 T-11 leaves the outbox alone for an import', async () => {
    const stream = newStream();
    await store.append(appendTo(stream, { events: increments(2), publish: false }));
    expect(await countRows(stream.aggregateId)).toEqual([{ events: 2, messages: 0 }]);
  });

  it('takes 1,000 events at once, and no more', async () => {
    const stream = newStream();
    expect(await store.append(appendTo(stream, { events: increments(1_000) }))).toBe(1_000);
    await expect(store.append(appendTo(newStream(), { events: increments(1_001) }))).rejects.toThrow('at most 1000');
    expect(
      await rowsOf(
        `select count(*) filter (where before > sequence_number) as disordered from (
         select sequence_number, lag(sequence_number) over (order by global_position) as before from event_store.events where aggregate_id = $1) as pairs`,
        [stream.aggregateId],
      ),
    ).toEqual([{ disordered: 0 }]);
  });
});

describe('all or nothing', () => {
  const secondIs = (bytes: Buffer) => {
    let calls = 0;
    return (type: string, data: unknown) => ((calls += 1) === 2 ? bytes : encodeJson(type, data));
  };

  it('SHR-10 ORD-34 JOB-6 leaves nothing when the second of three messages is refused', async () => {
    const stream = newStream();
    const key = randomUUID();
    const append = storeOn(database, secondIs(Buffer.alloc(900_000))).append(
      appendTo(stream, {
        events: increments(3),
        idempotency: { key, requestHash: 'hash', answerStatus: 201, answer: {} },
      }),
    );
    await expect(append).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE', retriable: false });
    expect(await countRows(stream.aggregateId)).toEqual([{ events: 0, messages: 0 }]);
    expect(await store.findAnswer('acme', key)).toBeUndefined();
  });

  it('SHR-10 leaves nothing when the topic is not deployed', async () => {
    const stream = newStream();
    await owner.query(`select outbox.allow_topics(array['elsewhere.events.v1'])`);
    try {
      await expect(store.append(appendTo(stream, { events: increments(3) }))).rejects.toMatchObject({
        constraint: 'outbox_messages_topic_exists',
      });
    } finally {
      await owner.query(`select outbox.allow_topics(array['${COUNTERS_TOPIC}'])`);
    }
    expect(await countRows(stream.aggregateId)).toEqual([{ events: 0, messages: 0 }]);
  });

  it('SHR-10 sends nothing when an event cannot be encoded', async () => {
    const stream = newStream();
    const refusing = storeOn(database, () => {
      throw new Error('cannot encode');
    });
    await expect(refusing.append(appendTo(stream))).rejects.toThrow('cannot encode');
    expect(await countRows(stream.aggregateId)).toEqual([{ events: 0, messages: 0 }]);
  });

  it.each([
    ['a NUL character', 'a\u0000b'],
    ['half of a surrogate pair', 'a\ud800b'],
  ])('SHR-25 refuses %s, which Postgres cannot store', async (_, text) => {
    const append = store.append(appendTo(newStream(), { events: [increment({ data: { text } })] }));
    await expect(append).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
  });
});

describe('writers at the same time', () => {
  it('SHR-8 T-1 ORD-71 JOB-4 TOX-10 lets exactly one of 50 connections win', async () => {
    const stream = newStream();
    await store.append(appendTo(stream));
    const connections = Array.from({ length: 50 }, () => openDatabase({ url: created.roleUrls.command, poolSize: 1 }));
    try {
      await Promise.all(connections.map((connection) => connection.query('select 1')));
      const results = await Promise.allSettled(
        connections.map((connection) =>
          storeOn(connection).append(appendTo(stream, { expectedVersion: 1, events: increments(2) })),
        ),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        expect(result.reason).toMatchObject({ code: 'VERSION_CONFLICT', facts: { expected: 1, actual: 3 } });
      }
    } finally {
      await Promise.all(connections.map((connection) => connection.close()));
    }
    expect((await store.load(stream)).map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2, 3]);
  });

  it('T-1 is told by the constraint when the other writer commits between the look and the write', async () => {
    const stream = newStream();
    await raceWith(stream, async (late) => {
      await expect(late).rejects.toMatchObject({ code: 'VERSION_CONFLICT', facts: { expected: 0, actual: 1 } });
    });
  });

  it('T-1 T-3 ACC-8 is told so also by a partition of the tenant alone', async () => {
    await owner.query(
      `create table event_store.events_initech partition of event_store.events for values in ('initech')`,
    );
    const stream = newStream('initech');
    await raceWith(stream, async (late) => {
      await expect(late).rejects.toMatchObject({ code: 'VERSION_CONFLICT', facts: { expected: 0, actual: 1 } });
    });
    const event = increment();
    await store.append(appendTo(newStream('initech'), { events: [event] }));
    await expect(store.append(appendTo(newStream('initech'), { events: [event] }))).rejects.toMatchObject({
      code: 'DUPLICATE_EVENT',
    });
    expect(
      await rowsOf(
        `select distinct tableoid::regclass::text as partition from event_store.events where tenant_id = 'initech'`,
      ),
    ).toEqual([{ partition: 'event_store.events_initech' }]);
  });

  /** Appends while another transaction has written the same version and not committed; commits once the append waits. */
  async function raceWith(
    stream: ReturnType<typeof newStream>,
    check: (late: Promise<number>) => Promise<void>,
  ): Promise<void> {
    let late: Promise<number> = Promise.resolve(0);
    await owner.transaction(async (transaction) => {
      await transaction.query(
        `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, correlation_id, traceparent, occurred_at)
         values ($1, $2, $3, 1, $4, 'CounterIncremented', 2, '{}', 'correlation', $5, now())`,
        [stream.tenantId, stream.aggregateType, stream.aggregateId, randomUUID(), causation.traceparent],
      );
      late = store.append(appendTo(stream));
      late.catch(() => undefined);
      await eventually(async () => {
        const waiting = await rowsOf(
          `select from pg_stat_activity where datname = current_database() and wait_event = 'transactionid'`,
        );
        return waiting.length > 0;
      });
    });
    await check(late);
  }
});
