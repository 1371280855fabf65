import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureTopics, readTopic } from '@millrace/kafka';
import {
  ConnectClient,
  CONNECTOR_NAME,
  CONNECTOR_TOPICS,
  connectorConfig,
  dropSlot,
  ensureSlot,
  readSlot,
} from '@millrace/relay';
import { createLogger } from '@millrace/telemetry';
import { createTestDatabase, eventually, type TestDatabase, testServices } from '@millrace/testing';

import {
  type CounterDatabase,
  counterEvent,
  COUNTERS_TOPIC,
  openCounterDatabase,
  recordOf,
} from '../counter.fixture.ts';
import { groupMember } from '../group-member.fixture.ts';
import { deadLetterTopicOf } from './dead-letter-topic.ts';

const services = testServices();
const address = { brokers: services.kafkaBrokers };
const logger = createLogger({ service: 'dead-letter-spec', level: 'silent' });
const connect = new ConnectClient(services.connectUrl, CONNECTOR_NAME);
const one = { partitions: 1, replicationFactor: 1 };

describe('dead letters through Debezium', () => {
  const group = randomUUID();
  const topic = deadLetterTopicOf(group);
  let created: TestDatabase;
  let databases: CounterDatabase;
  beforeAll(async () => {
    created = await createTestDatabase([COUNTERS_TOPIC]);
    databases = await openCounterDatabase(created);
    await ensureTopics(address, [
      { name: topic, ...one },
      { name: COUNTERS_TOPIC, partitions: 12, replicationFactor: 1 },
      ...CONNECTOR_TOPICS.map((name) => ({ name, ...one, config: { 'retention.ms': '3600000' } })),
    ]);
    await databases.owner.query('select outbox.allow_dead_letter_topics($1)', [[topic]]);
    await ensureSlot(databases.owner);
    await connect.configure(
      await connectorConfig({
        DATABASE_URL: created.url,
        CONNECT_DATABASE_HOST: services.connectDatabaseHost,
        CONNECT_DATABASE_PORT: Number(services.connectDatabasePort),
        CDC_ROLE_PASSWORD: new URL(created.roleUrls.cdc).password,
      }),
    );
  });
  afterAll(async () => {
    const url = `${services.connectUrl}/connectors/${CONNECTOR_NAME}`;
    await fetch(`${url}/stop`, { method: 'PUT' });
    await eventually(async () => (await fetch(`${url}/offsets`, { method: 'DELETE' })).ok);
    await fetch(url, { method: 'DELETE' });
    await eventually(async () => {
      await dropSlot(databases.owner);
      return !(await readSlot(databases.owner)).exists;
    });
    await databases.close();
  });

  test('SHR-33 CIM-46 TOX-40 a record that cannot be handled is on the topic of its group: bytes, key, headers, why and where', async () => {
    const id = randomUUID();
    const unreadable = {
      ...recordOf(counterEvent(id, 1, { type: 'Added', data: { by: 1 } }), 7),
      value: Buffer.from('{\xff'),
    };
    const behind = recordOf(counterEvent(id, 2, { type: 'Added', data: { by: 1 } }), 8);
    const foreign = { offset: 9, key: null, value: null, headers: {}, timestampMs: 0 };
    await groupMember(databases.projector, { group }).take([unreadable, behind, foreign]);
    const letters = await eventually(
      async () => {
        const records = await readTopic(address, topic, { logger });
        return records.length >= 3 && records;
      },
      { timeoutMs: 60_000, intervalMs: 250 },
    );
    expect(letters.map(({ key, value, headers }) => [key, value, headers.dlq_offset, headers.dlq_attempts])).toEqual([
      [id, unreadable.value, '7', '1'],
      [id, behind.value, '8', '0'],
      [null, null, '9', '1'],
    ]);
    const { ce_source, ce_dataschema, ce_epoch, ['content-type']: contentType, ...headers } = letters[0]?.headers ?? {};
    expect([ce_source, ce_dataschema, ce_epoch, contentType]).toEqual(['', '', '', '']);
    expect(headers).toEqual({
      ...unreadable.headers,
      dlq_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      dlq_group: group,
      dlq_topic: COUNTERS_TOPIC,
      dlq_partition: '0',
      dlq_offset: '7',
      dlq_error_code: 'RECORD_MALFORMED',
      dlq_error_detail: 'no JSON',
      dlq_attempts: '1',
      dlq_parked_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      dlq_headers: JSON.stringify(unreadable.headers),
      dlq_omitted: 'none',
    });
  });

  test('SHR-33 what is too large for a letter stays in the table, and the relay goes on', async () => {
    const huge = {
      offset: 20,
      key: 'k',
      value: Buffer.alloc(950_000, 1),
      headers: { x: 'y'.repeat(70_000) },
      timestampMs: 0,
    };
    const next = { offset: 21, key: 'k', value: Buffer.from('v'), headers: {}, timestampMs: 0 };
    await groupMember(databases.projector, { group, partition: 1 }).take([huge, next]);
    const letters = await eventually(
      async () => {
        const records = await readTopic(address, topic, { logger });
        return records.length >= 5 && records.slice(3);
      },
      { timeoutMs: 60_000, intervalMs: 250 },
    );
    expect(letters).toMatchObject([
      { value: null, headers: { dlq_omitted: 'value,headers', dlq_headers: '{}', dlq_offset: '20' } },
      { value: next.value, headers: { dlq_omitted: 'none', dlq_offset: '21' } },
    ]);
    const { rows } = await databases.owner.query<{ size: number }>(
      'select octet_length(payload) as size from consumer.parked_events where consumer_group = $1 and record_offset = 20',
      [group],
    );
    expect(rows).toEqual([{ size: 950_000 }]);
  });
});
