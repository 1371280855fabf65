import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureTopics, readTopic, type TopicRecord } from '@millrace/kafka';
import { type Database, openDatabase } from '@millrace/postgres';
import { createLogger } from '@millrace/telemetry';
import { createTestDatabase, eventually, type TestDatabase, testServices } from '@millrace/testing';

import {
  ConnectClient,
  CONNECTOR_NAME,
  CONNECTOR_TOPICS,
  connectorConfig,
  dropSlot,
  ensureSlot,
  readSlot,
  RelayKeeper,
  relayPreflight,
} from './index.ts';

const TOPIC = 'orders.events.v1';
const OTHER_TOPIC = 'orders.public.v1';
const services = testServices();
const address = { brokers: services.kafkaBrokers };
const logger = createLogger({ service: 'relay-spec', level: 'silent' });
const connect = new ConnectClient(services.connectUrl, CONNECTOR_NAME);

let test: TestDatabase;
let database: Database;
let cdcPassword: string;

beforeAll(async () => {
  test = await createTestDatabase();
  cdcPassword = new URL(test.roleUrls.cdc).password;
  database = openDatabase({ url: test.url, poolSize: 3 });
  await ensureTopics(address, [
    ...[TOPIC, OTHER_TOPIC].map((name) => ({ name, partitions: 12, replicationFactor: 1 })),
    ...CONNECTOR_TOPICS.map((name) => ({
      name,
      partitions: 1,
      replicationFactor: 1,
      config: { 'retention.ms': '3600000' },
    })),
  ]);
  await ensureSlot(database);
});

afterAll(async () => {
  await removeConnector();
  await eventually(async () => {
    await dropSlot(database);
    return !(await readSlot(database)).exists;
  });
  await database.close();
  await test.drop();
});

const configure = async () => {
  const { connectDatabaseHost, connectDatabasePort } = services;
  await connect.configure(
    await connectorConfig({
      DATABASE_URL: test.url,
      CONNECT_DATABASE_HOST: connectDatabaseHost,
      CONNECT_DATABASE_PORT: Number(connectDatabasePort),
      CDC_ROLE_PASSWORD: cdcPassword,
    }),
  );
};

async function removeConnector(): Promise<void> {
  const url = `${services.connectUrl}/connectors/${CONNECTOR_NAME}`;
  if ((await connect.state()).connector === 'absent') return;
  await fetch(`${url}/stop`, { method: 'PUT' });
  await eventually(async () => (await fetch(`${url}/offsets`, { method: 'DELETE' })).ok);
  await fetch(url, { method: 'DELETE' });
  await eventually(async () => (await connect.state()).connector === 'absent');
}

/** Writes one row per version of an aggregate, each in a transaction of its own; answers the event ids. */
async function writeRows(key: string, versions: readonly number[], topic = TOPIC): Promise<string[]> {
  const ids: string[] = [];
  for (const version of versions) {
    const { rows } = await database.query<{ id: string }>(
      `insert into outbox.outbox_messages (id, topic, key, type, payload, occurred_at, ce_source, ce_subject, ce_time, ce_dataschema, ce_tenantid,
         ce_aggregatetype, ce_aggregateversion, ce_eventversion, ce_correlationid, ce_causationid, ce_userid, ce_sessionid, ce_epoch, traceparent)
       values (uuidv7(), $1, $2, 'OrderConfirmed', '\\x0000000001046f31', '2026-01-02 03:04:05.678', 'urn:millrace:orders', $2, '2026-01-02T03:04:05.678Z',
         'urn:millrace:schema:orders.OrderConfirmed:1', 'acme', 'order', $3, '1', 'corr', 'cause', 'alice', 's-1', '1', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
       returning id`,
      [topic, key, String(version)],
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids;
}

async function recordsOf(key: string): Promise<TopicRecord[]> {
  return (await readTopic(address, TOPIC, { logger })).filter((record) => record.key === key);
}

const idsOf = (records: readonly TopicRecord[]) => records.map(({ headers }) => headers.ce_id);

async function arrived(key: string, ids: readonly string[]): Promise<TopicRecord[]> {
  return eventually(
    async () => {
      const records = await recordsOf(key);
      return ids.every((id) => idsOf(records).includes(id)) && records;
    },
    { timeoutMs: 60_000, intervalMs: 250 },
  );
}

describe('preflight', () => {
  const topics = { requiredTopics: [TOPIC], existingTopics: [TOPIC] };

  it('SHR-14 passes on what deploy has made', async () => {
    await expect(relayPreflight(database, topics)).resolves.toBeUndefined();
  });

  it('SHR-14 names every problem at once, each with its fix', async () => {
    await database.query(
      'revoke select on outbox.outbox_messages from millrace_cdc; revoke insert on outbox.heartbeat from millrace_cdc',
    );
    await database.query(`alter publication millrace set (publish = 'insert, update')`);
    const preflight = relayPreflight(database, { ...topics, requiredTopics: [TOPIC, 'missing.events.v1'] });
    await expect(preflight).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      facts: {
        problems: [
          expect.stringContaining('publication'),
          expect.stringContaining('read the outbox'),
          expect.stringContaining('heart'),
          expect.stringContaining('missing.events.v1'),
        ],
      },
    });
    await database.query(
      'grant select on outbox.outbox_messages to millrace_cdc; grant insert on outbox.heartbeat to millrace_cdc',
    );
    await database.query(`alter publication millrace set (publish = 'insert')`);
  });
});

describe('constraints of the outbox', () => {
  const insert = (change: string) =>
    database.query(
      `insert into outbox.outbox_messages select (jsonb_populate_record(row, ${change})).* from outbox.outbox_messages row where key = 'template'`,
    );

  beforeAll(async () => {
    await writeRows('template', [1]);
    await database.query('alter table outbox.outbox_messages alter seq set generated by default');
  });
  afterAll(() => database.query('alter table outbox.outbox_messages alter seq set generated always'));

  it.each([
    ['a topic that does not exist', `'{"seq": -1, "topic": "nowhere"}'`],
    ['a payload that Kafka would refuse', `jsonb_build_object('seq', -1, 'payload', '\\x' || repeat('00', 900000))`],
    ['an empty key', `'{"seq": -1, "key": ""}'`],
    ['an empty header', `'{"seq": -1, "ce_userid": ""}'`],
    ['a missing header', `'{"seq": -1, "traceparent": null}'`],
    ['another specversion', `'{"seq": -1, "ce_specversion": "1"}'`],
  ])('SHR-14 refuse %s, which would stop the connector or corrupt a header', async (_, change) => {
    await expect(insert(change)).rejects.toMatchObject({ code: expect.stringMatching(/^23(514|502)$/) });
  });
});

describe('the relay', () => {
  it('SHR-14 SHR-16 brings rows written before the connector exists, once, in order, with exactly the headers of the row', async () => {
    const ids = await writeRows('o-early', [1, 2, 3]);
    await configure();
    const records = await arrived('o-early', ids);
    expect(idsOf(records)).toEqual(ids);
    expect(new Set(records.map(({ partition }) => partition)).size).toBe(1);
    expect(records[0]).toMatchObject({
      timestampMs: Date.parse('2026-01-02T03:04:05.678Z'),
      value: Buffer.from('0000000001046f31', 'hex'),
    });
    expect(records[0]?.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: ids[0],
      ce_type: 'OrderConfirmed',
      ce_source: 'urn:millrace:orders',
      ce_subject: 'o-early',
      ce_time: '2026-01-02T03:04:05.678Z',
      ce_dataschema: 'urn:millrace:schema:orders.OrderConfirmed:1',
      'content-type': 'application/avro',
      ce_tenantid: 'acme',
      ce_aggregatetype: 'order',
      ce_aggregateversion: '1',
      ce_eventversion: '1',
      ce_correlationid: 'corr',
      ce_causationid: 'cause',
      ce_userid: 'alice',
      ce_sessionid: 's-1',
      ce_epoch: '1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
  });

  it('SHR-14 moves the slot by heartbeat while the outbox is quiet and other tables are busy', async () => {
    await database.query(`create table busy as select generate_series(1, 20000) as number`);
    const { rows } = await database.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn');
    await eventually(
      async () => {
        const slot = await readSlot(database);
        if (!slot.exists) return false;
        const passed = await database.query<{ ok: boolean }>('select $1::pg_lsn >= $2::pg_lsn as ok', [
          slot.confirmedLsn,
          rows[0]?.lsn,
        ]);
        return passed.rows[0]?.ok;
      },
      { timeoutMs: 30_000 },
    );
    const beats = await database.query<{ beats: number }>('select count(*) as beats from outbox.heartbeat');
    expect(beats.rows[0]?.beats).toBeLessThanOrEqual(1);
  });

  it('SHR-18 repairs itself when the slot was dropped while Connect was down', async () => {
    await connect.stop();
    const before = await writeRows('o-slot-lost', [1, 2]);
    await eventually(async () => {
      await dropSlot(database);
      return !(await readSlot(database)).exists;
    });
    const after = await writeRows('o-slot-lost', [3, 4]);
    await connect.resume();
    const records = await arrived('o-slot-lost', [...before, ...after]);
    const firstOccurrences = idsOf(records).filter((id, index, all) => all.indexOf(id) === index);
    expect(firstOccurrences).toEqual([...before, ...after]);
  });

  it('SHR-18 the keeper replaces a slot whose WAL was cut off', async () => {
    await connect.stop();
    await eventually(async () => !((await readSlot(database)) as { active?: boolean }).active);
    const ids = await writeRows('o-cut', [1, 2]);
    await cutOffWal();
    await connect.resume();
    const keeper = new RelayKeeper({ database, connect, configure });
    const actions = new Set<string>();
    await eventually(
      async () => {
        const { problem, repair, waitsFor } = await keeper.check();
        if (repair) actions.add(repair.action);
        return problem === undefined && waitsFor === undefined;
      },
      { timeoutMs: 90_000, intervalMs: 500 },
    );
    expect(actions).toContain('slot-replaced');
    expect(idsOf(await arrived('o-cut', ids))).toEqual(expect.arrayContaining(ids));
  });

  it('SHR-14 the keeper registers a connector that is missing', async () => {
    await removeConnector();
    const keeper = new RelayKeeper({ database, connect, configure });
    expect(await keeper.check()).toMatchObject({
      problem: { cause: 'connector_absent' },
      repair: { action: 'registered' },
    });
    const ids = await writeRows('o-again', [1]);
    await arrived('o-again', ids);
  });

  it('SHR-14 the keeper waits while Connect cannot be reached', async () => {
    const keeper = new RelayKeeper({
      database,
      configure,
      connect: new ConnectClient('http://127.0.0.1:9', CONNECTOR_NAME),
    });
    expect(await keeper.check()).toMatchObject({
      problem: { cause: 'connect_unreachable' },
      repair: undefined,
      connector: 'unreachable',
    });
  });
});

/** Makes Postgres invalidate the idle slot, as a long outage of Connect would. */
async function cutOffWal(): Promise<void> {
  const { rows } = await database.query<{ size: string }>(`select current_setting('max_slot_wal_keep_size') as size`);
  await database.query(`alter system set max_slot_wal_keep_size = '1MB'`);
  await database.query('select pg_reload_conf()');
  await eventually(
    async () => {
      await database.query(
        `select pg_switch_wal() from (select pg_logical_emit_message(false, 'filler', repeat('x', 1000000))) filler`,
      );
      await database.query('checkpoint');
      const slot = await readSlot(database);
      return slot.exists && slot.lost;
    },
    { timeoutMs: 60_000 },
  );
  await database.query(`alter system set max_slot_wal_keep_size = '${rows[0]?.size}'`);
  await database.query('select pg_reload_conf()');
}
