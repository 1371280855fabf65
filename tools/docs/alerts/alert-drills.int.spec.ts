/**
 * Puts a real system into the state that an alert is about, scrapes the real apps, and evaluates the rule of
 * docs/alerts.yaml on what they say: well before, firing after.
 */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@millrace/testing';

import { alertRule } from './alert-file.ts';
import { firingRule } from './drill.ts';
import type { Labels } from './evaluate.ts';
import { durationSeconds } from './promql.ts';
import { RunbookStage } from './runbook-stage.fixture.ts';
import { RunningApp } from './running-app.fixture.ts';
import { type Scrape, scrape, seriesOf } from './scrape.ts';

const NOWHERE = '127.0.0.1:9';
const group = 'orders-by-status-projection';
const stage = new RunbookStage();
const running: RunningApp[] = [];

beforeAll(() => stage.build(), 60_000);
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.stop()));
});
afterAll(() => stage.strike(), 60_000);

async function start(name: string, environment: Record<string, string>): Promise<RunningApp> {
  const app = new RunningApp(name, environment);
  running.push(app);
  return app.listens();
}

/** For which labels a rule fires when the system stood as the first scrape says, and then as the second for long enough. */
function firing(alert: string, scrapes: readonly Scrape[], at = Date.now() / 1_000): readonly Labels[] {
  const rule = alertRule(alert);
  const seconds = (rule.for === undefined ? 0 : durationSeconds(rule.for)) + 60;
  const phases = scrapes.map((one, index) => ({ scrape: one, seconds: index === 0 ? 600 : seconds }));
  return firingRule(rule, { series: seriesOf(phases, at), at });
}

/** The alert is quiet now, and fires once `provoke` has had its effect. */
async function drill(alert: string, look: () => Promise<Scrape>, provoke: () => Promise<unknown>) {
  const before = await eventually(async () => {
    const found = await look();
    return firing(alert, [found]).length === 0 && found.length > 1 ? found : undefined;
  });
  await provoke();
  return eventually(
    async () => {
      const labels = firing(alert, [before, await look()]);
      return labels.length > 0 ? labels : undefined;
    },
    { timeoutMs: 60_000, intervalMs: 500 },
  );
}

const supervisor = () => start('relay-supervisor', stage.environment());
const consumer = () => start(group, stage.environment('projector'));

describe('ORD-69 in a drill fires', () => {
  test('AppDown, when a process is gone', async () => {
    const app = await consumer();
    const labels = await drill(
      'AppDown',
      async () => {
        const found = await app.scrape();
        return found.length > 1 ? found : [...found, ...found];
      },
      () => app.stop(),
    );
    expect(labels).toMatchObject([{ app: group }]);
  });

  test('AppNotReady, when the broker does not answer', async () => {
    const app = await start(group, { ...stage.environment('projector'), KAFKA_BROKERS: NOWHERE });
    const bad = await eventually(async () => {
      const found = await app.scrape();
      return firing('AppNotReady', [[], found]).length > 0 ? found : undefined;
    });
    expect(firing('AppNotReady', [[], bad])).toMatchObject([{ app: group, check: 'consumer' }]);
  });

  test('RelaySlotUnread, when the connector is stopped', async () => {
    await stage.setRelay('streaming');
    const app = await supervisor();
    await eventually(async () =>
      (await app.scrape()).some(({ labels }) => labels['__name__'] === 'millrace_slot_active'),
    );
    expect(
      await drill(
        'RelaySlotUnread',
        () => app.scrape(),
        () => stage.setRelay('stopped'),
      ),
    ).toHaveLength(1);
    await app.stop();
    await stage.setRelay('streaming');
  });

  test('OutboxKept, when rows are past their time and the slot is not there', async () => {
    await stage.setRelay('slot-dropped');
    await stage.owner.query(`select outbox.make_partitions(now() - interval '40 hours', 2)`);
    const app = await start('relay-supervisor', { ...stage.environment(), CONNECT_URL: `http://${NOWHERE}` });
    const quiet: Scrape = [];
    const bad = await eventually(async () => {
      const found = await app.scrape();
      return firing('OutboxKept', [quiet, found]).length > 0 ? found : undefined;
    });
    expect(firing('OutboxKept', [quiet, bad])).toEqual([{ job: 'millrace' }]);
    // The same process, an hour later: its maintenance has not run since.
    expect(firing('MaintenanceLate', [bad])).toEqual([]);
    expect(firing('MaintenanceLate', [bad], Date.now() / 1_000 + 3_960)).toEqual([{ job: 'millrace' }]);
    await app.stop();
    await stage.setRelay('streaming');
  });

  test('DeadLetters, when an event has been set aside', async () => {
    await stage.owner.query('delete from consumer.parked_events');
    const app = await consumer();
    const park = () =>
      stage.owner.query(
        `insert into consumer.parked_events (consumer_group, topic, partition, record_offset, tenant_id, aggregate_type,
           aggregate_id, sequence_number, event_id, event_type, headers, error_code, error_detail, parked_at)
         values ($1, 'orders.events.v1', 0, 7, 'acme', 'order', 'o-1', 1, $2, 'OrderCreated', '{}', 'EVENT_GAP', 'spec', now() - interval '25 hours')`,
        [group, randomUUID()],
      );
    expect(await drill('DeadLetters', () => app.scrape(), park)).toEqual([{ group }]);
    expect(firing('DeadLettersOld', [[], await app.scrape()])).toEqual([{ group }]);
  });

  test('GroupPaused, when somebody pauses it', async () => {
    const app = await consumer();
    const pause = () =>
      stage.owner.query(
        `insert into consumer.groups (consumer_group, paused, paused_at, paused_by) values ($1, true, now(), 'spec')`,
        [group],
      );
    expect(await drill('GroupPaused', () => app.scrape(), pause)).toEqual([{ group }]);
  });

  test('SagaFailed, SagaStuck and SagaCommandStuck, when a process ends badly, or a command does not get through', async () => {
    await stage.setRelay('streaming');
    const token = join(stage.environment()['MILLRACE_HOME'] ?? '', 'token');
    await writeFile(token, 'none');
    const app = await start('hiring-saga', {
      ...stage.environment('projector'),
      COMMAND_API_URL: `http://${NOWHERE}`,
      SERVICE_TOKEN_FILE: token,
    });
    const before = await app.scrape();
    await stage.owner.query(
      `insert into saga.instances (saga, tenant_id, instance_id, status, state, correlation_id, last_event_id,
         traceparent, announced, started_at)
       select 'hiring-saga', 'acme', id, status, '{}', 'c', 'e', 't', 0, now() - interval '32 days'
       from (values ('h-2', 'failed'), ('h-3', 'running')) as x (id, status)`,
    );
    await stage.owner.query(
      `insert into saga.commands (id, saga, tenant_id, instance_id, cause, type, data, correlation_id, causation_id,
         traceparent, status, attempts, created_at)
       values (uuidv7(), 'hiring-saga', 'acme', 'h-3', 'e2', 'FailHiring', '{"hiringId":"h-3"}', 'c', 'e-1', 't', 'pending', 7,
         now() - interval '6 minutes')`,
    );
    const after = await app.scrape();
    for (const alert of ['SagaFailed', 'SagaStuck', 'SagaCommandStuck']) {
      expect([alert, firing(alert, [before])]).toEqual([alert, []]);
      expect([alert, firing(alert, [before, after])]).toEqual([alert, [{ saga: 'hiring-saga' }]]);
    }
  });

  test('ActivityOld, when nobody counts', async () => {
    const jwks = join(stage.environment()['MILLRACE_HOME'] ?? '', 'jwks.json');
    await writeFile(jwks, '{"keys":[]}');
    const app = await start('query-api', { ...stage.environment('query'), AUTH_JWKS: jwks });
    const age = () =>
      stage.owner.query(`update read_model.view_refreshes set refreshed_at = now() - interval '11 minutes'`);
    expect(await drill('ActivityOld', () => app.scrape(), age)).toEqual([{ view: 'activity' }]);
  });

  test('RelaySupervisorSilent and AuditorSilent, when nobody answers for them', async () => {
    const nobody = await scrape({ app: 'relay-supervisor', instance: NOWHERE });
    expect(firing('RelaySupervisorSilent', [nobody])).toEqual([{ service: 'relay-supervisor' }]);
    expect(firing('AuditorSilent', [nobody])).toEqual([{ service: 'auditor' }]);
    const own = { ...stage.environment(), CONNECT_URL: `http://${NOWHERE}` };
    const app = await start('relay-supervisor', own);
    expect(firing('RelaySupervisorSilent', [await app.scrape()])).toEqual([]);
  });
});
