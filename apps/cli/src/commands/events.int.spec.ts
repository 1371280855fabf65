import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EventEncoder, registerSchemas } from '@millrace/avro';
import { JOBS_TOPIC } from '@millrace/contracts/jobs';
import { EventCatalogue, type RecordedEvent } from '@millrace/core';
import { ensureTopics } from '@millrace/kafka';
import { groupNames, openTestProducer, type TestProducer } from '@millrace/kafka/testing';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, eventually, type TestDatabase, testServices } from '@millrace/testing';
import { Command } from 'commander';

import type { CommandFactory } from '../cli.ts';
import { CapturedCli } from './captured-run.fixture.ts';
import { eventsCommand } from './events.ts';
import { tailCommand } from './events-tail.ts';

const services = testServices();
const brokers = services.kafkaBrokers;

let created: TestDatabase;
let owner: Database;
let environment: Record<string, string>;
beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  environment = {
    MILLRACE_HOME: mkdtempSync(join(tmpdir(), 'millrace-events-')),
    DATABASE_URL: created.url,
    KAFKA_BROKERS: brokers.join(','),
    SCHEMA_REGISTRY_URL: services.schemaRegistryUrl,
  };
});
afterAll(async () => {
  await owner.close();
  await created.drop();
  rmSync(environment['MILLRACE_HOME'] ?? '', { recursive: true });
});

const cli = new CapturedCli([eventsCommand], () => environment);
const run = (...args: string[]) => cli.run(['events', ...args]);

/** The one answer of a command. */
async function answerOf<T>(...args: string[]): Promise<T> {
  const answer = await cli.answer<T>(['events', ...args]);
  expect([args, cli.complained]).toEqual([args, '']);
  return answer;
}

type Stored = { of?: string; type: string; data: object; second: number; id: string; version: number };

async function store(event: Stored): Promise<void> {
  await owner.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version,
       payload, correlation_id, causation_id, user_id, traceparent, occurred_at)
     values ('acme', $7, $1, $2, $3, $4, 1, $5, 'c', 'command-' || $2::bigint, 'alice', 't', $6)`,
    [
      ...[event.id, event.version, randomUUID(), event.type, JSON.stringify(event.data)],
      ...[new Date(Date.UTC(2026, 0, 2, 0, 0, event.second)).toISOString(), event.of ?? 'job'],
    ],
  );
}

const jobCreated = (jobId: string) => ({
  jobId,
  name: 'backup',
  command: 'tar',
  image: 'alpine',
  metadata: { env: 'a' },
});

describe('events list', () => {
  test('TOX-12 T-4 --since pages completely, although many events share an instant and a late clock wrote between them', async () => {
    const seconds = [30, 10, 30, 30, 9, 30, 30, 10, 31, 30];
    for (const [n, second] of seconds.entries()) {
      await store({ type: 'JobCreated', id: `list-${n}`, version: 1, second, data: jobCreated(`list-${n}`) });
    }
    const seen: string[] = [];
    for (let after: string[] = []; ;) {
      const since = ['--since', '2026-01-02T00:00:10Z', '--limit', '2'];
      const page = await answerOf<{ events: RecordedEvent[]; next: string }>('list', ...since, ...after);
      if (page.events.length === 0) break;
      seen.push(...page.events.map(({ aggregateId }) => aggregateId));
      after = ['--after', page.next];
    }
    expect(seen).toEqual(seconds.flatMap((second, n) => (second >= 10 ? [`list-${n}`] : [])));
  });

  test.each(['yesterday', '2026-01-02', '2026-13-02T00:00:00Z'])('TOX-12 --since %s is wrong usage', async (time) => {
    expect(await run('list', '--since', time)).toMatchObject({ exitCode: 2 });
  });
});

describe('events stream', () => {
  test('SHR-11 ends with 1 and says so where there is no such aggregate', async () => {
    expect(await run('stream', 'job', 'j-0', '--tenant', 'acme')).toMatchObject({
      exitCode: 1,
      printed: 'no events of job j-0 in acme\n',
    });
  });
});

describe('events diff', () => {
  type Steps = {
    versions: { version: number; type: string; userId: string; causationId: string; changes: object[] }[];
  };
  beforeAll(async () => {
    const events: [type: string, data: object][] = [
      ['JobCreated', jobCreated('j-1')],
      ['JobMetadataUpdated', { jobId: 'j-1', metadata: { env: 'b' } }],
      ['JobStarted', { jobId: 'j-1' }],
    ];
    for (const [index, [type, data]] of events.entries()) {
      await store({ type, data, id: 'j-1', version: index + 1, second: index });
    }
  });

  test('CIM-51 steps through the versions and prints what each one changed, by whom and why', async () => {
    const { versions } = await answerOf<Steps>('diff', 'job', 'j-1', '--tenant', 'acme');
    expect(versions.map(({ version, type, userId, causationId }) => [version, type, userId, causationId])).toEqual([
      [1, 'JobCreated', 'alice', 'command-1'],
      [2, 'JobMetadataUpdated', 'alice', 'command-2'],
      [3, 'JobStarted', 'alice', 'command-3'],
    ]);
    expect(versions[0]?.changes).toContainEqual({ path: '/status', after: 'created' });
    expect(versions[1]?.changes).toContainEqual({ path: '/metadata/env', before: 'a', after: 'b' });
    expect(versions[1]?.changes).not.toContainEqual(expect.objectContaining({ path: '/status' }));
    expect(versions[2]?.changes).toContainEqual({ path: '/status', before: 'created', after: 'running' });
    const later = await answerOf<Steps>('diff', 'job', 'j-1', '--tenant', 'acme', '--from', '3');
    expect(later.versions).toEqual(versions.slice(2));
  });

  test('CIM-51 a person: each correction is one step', async () => {
    const names = ['Byron', 'Lovelace'].map((familyName) => ({ givenName: 'Ada', middleName: null, familyName }));
    const person = { of: 'person', id: 'p-1' };
    const created = { personId: 'p-1', legalName: names[0], birthDate: null };
    await store({ ...person, type: 'PersonCreated', version: 1, second: 1, data: created });
    const renamed = { personId: 'p-1', legalName: names[1] };
    await store({ ...person, type: 'PersonLegalNameChanged', version: 2, second: 2, data: renamed });
    const { versions } = await answerOf<Steps>('diff', 'person', 'p-1', '--tenant', 'acme');
    expect(versions.map(({ type }) => type)).toEqual(['PersonCreated', 'PersonLegalNameChanged']);
    expect(versions[1]?.changes).toContainEqual({ path: '/display_name', before: 'Ada Byron', after: 'Ada Lovelace' });
  });

  test('CIM-51 for readers too, a line per change', async () => {
    const { exitCode, printed } = await run('diff', 'job', 'j-1', '--tenant', 'acme');
    expect(exitCode).toBe(0);
    expect(printed).toContain('@3  2026-01-02T00:00:02.000Z  JobStarted  by alice  because of command-3\n');
    expect(printed).toContain('  ~ /status  "created" → "running"\n');
  });

  test('CIM-51 ends with 1 where there is no such aggregate, or it is of another tenant', async () => {
    expect(await run('diff', 'job', 'j-0', '--tenant', 'acme')).toMatchObject({ exitCode: 1 });
    expect(await run('diff', 'job', 'j-1', '--tenant', 'umbrella')).toMatchObject({ exitCode: 1 });
  });
});

describe('events tail', () => {
  // Topics of this run alone.
  const domain = `t${process.pid}x${Date.now()}`;
  const topic = `${domain}.events.v1`;
  const define = (type: string) => ({
    type,
    aggregateType: 'person',
    topic,
    schemas: {
      1: { type: 'record', name: type, namespace: domain, doc: 'd', fields: [{ name: 'by', type: 'long', doc: 'd' }] },
    },
    upcasters: {},
  });
  const catalogue = new EventCatalogue([define('PersonCreated'), define('PersonEmailChanged')]);
  const tail: CommandFactory = (context) => new Command('events').addCommand(tailCommand(context, catalogue));
  let producer: TestProducer;
  let encoder: EventEncoder;
  beforeAll(async () => {
    producer = await openTestProducer(brokers);
    await ensureTopics({ brokers }, [{ name: topic, partitions: 2, replicationFactor: 1 }]);
    const registryUrl = services.schemaRegistryUrl;
    encoder = new EventEncoder([catalogue], await registerSchemas({ registryUrl, catalogues: [catalogue] }));
  });
  afterAll(() => producer.close());

  async function happens(type: string, by: number, tenantId = 'acme'): Promise<void> {
    const headers = {
      ...{ ce_specversion: '1.0', ce_id: randomUUID(), ce_type: type, ce_time: '2026-01-02T00:00:00.000Z' },
      ...{ ce_tenantid: tenantId, ce_aggregatetype: 'person', ce_subject: `p-${by}`, ce_aggregateversion: '1' },
      ...{ ce_eventversion: '1', ce_correlationid: 'c', ce_causationid: 'c', ce_userid: 'alice', ce_sessionid: 'none' },
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    await producer.send(topic, [{ key: `p-${by}`, headers, value: encoder.encode(type, { by }) }]);
  }

  const tailing = new CapturedCli([tail], () => environment);
  const run = async (...args: string[]) =>
    (await tailing.run(['events', 'tail', ...args, '--output', 'json'])).exitCode;
  const lines = () => tailing.printed.split('\n').filter((line) => line !== '');
  const told = () => lines().map((line) => (JSON.parse(line) as { data: { by: number } }).data.by);

  test('CIM-21 prints only what the pattern means, of the tenant, and ends after --limit', async () => {
    await happens('PersonEmailChanged', 1);
    await happens('PersonCreated', 2);
    await happens('PersonEmailChanged', 3, 'umbrella');
    await happens('PersonEmailChanged', 4);
    const only = [`events.${domain}.PersonEmailChanged`, '--tenant', 'acme', '--from', 'beginning', '--limit', '2'];
    expect(await run(...only)).toBe(0);
    expect(told().sort()).toEqual([1, 4]);
    expect(await run('*.PersonCreated', '--from', 'beginning', '--limit', '1')).toBe(0);
    expect(told()).toEqual([2]);
  });

  test('CIM-21 prints them as they commit', async () => {
    const ended = run('--limit', '1');
    let by = 100;
    await eventually(async () => {
      await happens('PersonCreated', (by += 1));
      return tailing.printed !== '';
    });
    expect(await ended).toBe(0);
    expect(told()[0]).toBeGreaterThan(100);
  });

  test.each(['nobody.>', 'persons..x'])('ACC-37 %s is wrong usage', async (pattern) => {
    expect(await run(pattern)).toBe(2);
    expect(JSON.parse(tailing.complained)).toMatchObject({ error: { code: 'SUBSCRIPTION_INVALID' } });
  });

  test('CIM-21 Ctrl-C ends it cleanly: exit code 0, and no group is left', async () => {
    await ensureTopics({ brokers }, [{ name: JOBS_TOPIC, partitions: 12, replicationFactor: 1 }]);
    const before = new Set(await groupNames(brokers));
    const main = join(import.meta.dirname, '..', 'main.ts');
    const child = spawn(process.execPath, [main, 'events', 'tail', 'jobs.*'], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const own = await eventually(async () =>
      (await groupNames(brokers)).find((name) => name.startsWith('millrace-subscription-') && !before.has(name)),
    );
    child.kill('SIGINT');
    expect(await exit).toBe(0);
    expect(await groupNames(brokers)).not.toContain(own);
  });
});
