/** On a store and a relay of its own, which it stops and robs. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readTopic } from '@millrace/kafka';
import { createLogger } from '@millrace/telemetry';
import { eventually, testServices } from '@millrace/testing';

import { CapturedCli } from './captured-run.fixture.ts';
import { DeployedStore } from './deployed-store.fixture.ts';
import { outboxCommand } from './outbox.ts';
import { relayCommand } from './relay.ts';

const TOPIC = 'orders.events.v1';
const patience = { timeoutMs: 90_000, intervalMs: 500 };
const services = testServices();
const logger = createLogger({ service: 'relay-commands-spec', level: 'silent' });

let store: DeployedStore;
beforeAll(async () => {
  store = new DeployedStore({ services, eventually });
  await store.create();
  await store.deploy();
}, 240_000);
afterAll(() => store.close(), 240_000);

const cli = new CapturedCli([outboxCommand, relayCommand], () => store.environment);
async function run(args: readonly string[], change: Record<string, string> = {}) {
  const { exitCode, printed, complained } = await cli.run(args, change);
  return { exitCode, text: printed + complained };
}

async function heal(...options: string[]) {
  const { exitCode, text } = await run(['outbox', 'heal', '--topic', TOPIC, ...options, '--output', 'json']);
  return { exitCode, report: JSON.parse(text) as unknown };
}

const status = () => run(['relay', 'status']);
const streams = () => eventually(async () => (await status()).exitCode === 0, patience);

async function arrived(id: string): Promise<void> {
  const isThere = async () =>
    (await readTopic({ brokers: services.kafkaBrokers }, TOPIC, { logger })).some(({ key }) => key === id);
  await eventually(isThere, patience);
}

/** Four events, two of which the slot is moved past. */
async function advanceSlot(round: number): Promise<void> {
  await store.order(`kept-${round}`, 'created');
  await arrived(`kept-${round}`);
  // Without stored offsets Debezium would read everything again.
  await eventually(() => store.connect.storedLsn(), patience);
  await store.stopRelay();
  await store.order(`kept-${round}`, 'confirmed');
  await store.order(`lost-${round}`, 'created');
  await store.owner.query(`select pg_replication_slot_advance('millrace', pg_current_wal_lsn())`);
  await store.connect.resume();
  await store.order(`next-${round}`, 'created');
  await arrived(`next-${round}`);
}

describe('millrace relay status', () => {
  test('SHR-14 says that rows flow, by more than the word of Connect', async () => {
    const flows = /^connector {2}RUNNING\ntask {7}RUNNING\nslot {7}read, \d+ bytes of WAL retained\nproblem {4}none$/m;
    // A connector that starts reads its slot for a moment, lets go of it, and reads it for good.
    await eventually(async () => {
      const { exitCode, text } = await status();
      return exitCode === 0 && flows.test(text);
    }, patience);
  });

  test('SHR-14 ends with 3 when Connect does not answer, and names that', async () => {
    const { exitCode, text } = await run(['relay', 'status'], { CONNECT_URL: 'http://127.0.0.1:9' });
    expect([exitCode, text]).toEqual([3, expect.stringContaining('connect_unreachable: no worker')]);
  });

  test('SHR-14 names a connector that somebody has stopped; deploy lets it run', async () => {
    await store.stopRelay();
    const { exitCode, text } = await status();
    expect([exitCode, text]).toEqual([
      1,
      expect.stringContaining('somebody has set the connector to STOPPED: resume it'),
    ]);
    expect(await store.deploy()).toContain('connector: running, it was STOPPED');
    await streams();
  });

  test('SHR-14 ACC-77 nothing starts a relay whose database was put back and not recovered', async () => {
    await store.owner.query(
      `insert into backup.restores (backup_id, tenant_id, state_taken_at, events) values ('b', '*', now(), 1)`,
    );
    await expect(store.deploy()).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      message: expect.stringMatching(/the connector stays stopped: a backup was put back at .* `npx millrace recover`/),
    });
    await eventually(async () => (await store.connect.state()).connector === 'STOPPED', patience);
    const { exitCode, text } = await status();
    expect([exitCode, text]).toEqual([1, expect.stringContaining('store_went_back: a backup was put back')]);
    await store.owner.query('update backup.restores set recovered_at = now()');
    await store.deploy();
    await streams();
  });
});

describe('millrace outbox heal', () => {
  test('SHR-18 finds what a topic lacks, changes nothing unless told, then sends exactly that', async () => {
    let round = 0;
    // Postgres notes its running transactions every 15 s. When it has done so meanwhile, Debezium sees that the slot lies beyond
    // its offsets, reads the outbox again, and nothing is missing: then once more.
    do await advanceSlot((round += 1));
    while ((await heal()).exitCode === 0);

    const range = [`${store.tenant}/order-kept-${round}@2`, `${store.tenant}/order-lost-${round}@1`];
    const expected = 4 * round;
    for (const options of [[], ['--dry-run'], ['--tenant', store.tenant]]) {
      expect(await heal(...options)).toMatchObject({
        exitCode: 1,
        report: { complete: false, missing: 2, left: 2, topics: [{ topic: TOPIC, expected, range, sent: 0 }] },
      });
    }
    expect(await heal('--tenant', 'somebody-else')).toMatchObject({ exitCode: 0, report: { complete: true } });
    expect(await heal('--yes')).toMatchObject({ exitCode: 0, report: { complete: true, missing: 2, left: 0 } });
    expect(await heal()).toMatchObject({ exitCode: 0, report: { complete: true, missing: 0 } });
  });

  test('SHR-18 says what is missing to people, and refuses contradictions', async () => {
    const { exitCode, text } = await run(['outbox', 'heal', '--topic', TOPIC]);
    expect([exitCode, text]).toEqual([0, expect.stringMatching(`^${TOPIC}  \\d+ expected, 0 missing\n\nComplete.\n$`)]);
    expect((await run(['outbox', 'heal', '--dry-run', '--yes'])).exitCode).toBe(2);
    expect(await run(['outbox', 'heal', '--quarantine', '999999'])).toEqual({
      exitCode: 1,
      text: 'The outbox has no row 999999.\n',
    });
  });

  test('SHR-18 does not take for lost what the relay has not come to yet', async () => {
    await store.stopRelay();
    await store.order('o-4', 'created');
    const { exitCode, text } = await run(['outbox', 'heal', '--topic', TOPIC]);
    expect([exitCode, text]).toEqual([1, expect.stringContaining('see `npx millrace relay status`')]);
    await store.connect.resume();
    await arrived('o-4');
    expect(await heal()).toMatchObject({ exitCode: 0, report: { complete: true } });
  });
});
