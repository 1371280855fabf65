import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { listBackups, type StoredBackup } from '@millrace/backup';
import { type Database, openDatabase } from '@millrace/postgres';
import { createLogger, createMetrics, type Metrics } from '@millrace/telemetry';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { ScheduledBackups, type ScheduledBackupsParts } from './scheduled-backups.ts';

const HOUR_MS = 3_600_000;

let created: TestDatabase;
let database: Database;
let folder: string;
let metrics: Metrics;
beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase({ url: created.roleUrls.backup, poolSize: 1 });
  const owner = openDatabase({ url: created.url, poolSize: 1 });
  await owner.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, correlation_id, traceparent, occurred_at)
     select tenant, 'order', 'o-1', 1, uuidv7(), 'OrderConfirmed', 1, '{}', 'c', 't', now() from unnest(array['acme', 'beta']) tenant`,
  );
  await owner.close();
});
afterAll(async () => {
  await database.close();
  await created.drop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scheduled-backups-'));
  metrics = createMetrics('spec');
});

const scheduled = (change: Partial<ScheduledBackupsParts>): ScheduledBackups =>
  new ScheduledBackups({
    database,
    folder,
    schedule: [],
    incrementsPerFull: 2,
    chainsKept: 2,
    rebuiltGroups: [],
    metrics,
    logger: createLogger({ service: 'spec', level: 'silent' }),
    ...change,
  });

const kindsOf = (backups: readonly StoredBackup[], scope: string) =>
  backups
    .filter(({ manifest }) => manifest.scope === scope)
    .map(({ manifest }) => manifest.kind[0])
    .join('');

async function valueOf(line: string): Promise<number> {
  const { body } = await metrics.scrape();
  return Number(
    body
      .split('\n')
      .find((one) => one.startsWith(`${line} `))
      ?.split(' ')[1],
  );
}

test('ACC-72 ACC-76 tenant A hourly, tenant B daily, both honoured; full ones in between, old chains removed', async () => {
  let hours = 0;
  const start = Date.now();
  const schedule = [
    { scope: 'acme', everyMs: HOUR_MS },
    { scope: 'beta', everyMs: 24 * HOUR_MS },
  ];
  // Backups bear the time of the database: hours go by for the schedule alone, so each backup is an hour late at once.
  const backups = scheduled({ schedule, now: () => Math.max(Date.now(), start) + hours * HOUR_MS });
  await backups.runDue();
  await backups.runDue();
  expect(kindsOf(await listBackups(folder), 'acme')).toBe('f');
  for (hours = 1; hours < 7; hours += 1) await backups.runDue();
  const made = await listBackups(folder);
  expect([kindsOf(made, 'acme'), kindsOf(made, 'beta')]).toEqual(['fiif', 'f']);
  hours = 24;
  await backups.runDue();
  expect(kindsOf(await listBackups(folder), 'beta')).toBe('fi');
  await rm(folder, { recursive: true });
});

test('ACC-82 metrics after a good and after a bad backup', async () => {
  let offsetMs = 0;
  const schedule = [{ scope: '*', everyMs: HOUR_MS }];
  const backups = scheduled({ schedule, now: () => Date.now() + offsetMs });
  await backups.runDue();
  const good = await valueOf('millrace_backup_last_success_timestamp_seconds{tenant="*"}');
  expect(Math.abs(good - Date.now() / 1_000)).toBeLessThan(60);
  expect(await valueOf('millrace_backup_failures_total{tenant="*"}')).toBe(0);
  expect(await valueOf('millrace_backup_bytes{tenant="*"}')).toBeGreaterThan(1_000);
  expect(await valueOf('millrace_backup_seconds{tenant="*"}')).toBeGreaterThan(0);
  offsetMs = 2 * HOUR_MS;
  const denied = openDatabase({ url: created.roleUrls.cdc, poolSize: 1 });
  metrics = createMetrics('third');
  const counted = scheduled({ schedule, database: denied, now: () => Date.now() + offsetMs });
  await counted.runDue();
  expect(await valueOf('millrace_backup_failures_total{tenant="*"}')).toBe(1);
  expect(await valueOf('millrace_backup_last_success_timestamp_seconds{tenant="*"}')).toBe(good);
  await counted.runDue();
  // Not again at once.
  expect(await valueOf('millrace_backup_failures_total{tenant="*"}')).toBe(1);
  await denied.close();
  await rm(folder, { recursive: true });
});
