/** A store that was put back while Kafka has gone on, wholly or in part: 18 and 43 to 45 of the list. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { openDatabase } from '@millrace/postgres';
import { eventually } from '@millrace/testing';

import { copyData } from '../harness/postgres-files.ts';
import { dropSlot } from '../harness/slot.ts';
import type { Attack, Scenario } from './scenario.ts';

const COMMANDS = 30;

/** Stops Postgres, does something to its files, and starts it again. */
async function withFiles({ chaos }: Attack, work: (data: string) => void): Promise<void> {
  await chaos.stack.pause('postgres');
  work(join(chaos.stack.home, 'postgres', 'data'));
  await chaos.stack.resume('postgres');
  await chaos.untilReady();
}

const kafkaAhead: Scenario = {
  name: 'restore-with-kafka-ahead',
  numbers: [18, 43],
  about: 'an older copy of Postgres is put back; nothing is streamed until the operator runs `millrace recover`',
  destroys: true,
  replays: true,
  recoverWithinMs: 240_000,
  notice: { causes: ['store_went_back'] },
  async inject(attack) {
    const { chaos, load, journal, fault } = attack;
    const copy = join(chaos.work, 'copy');
    await load.stop();
    const mark = journal.mark();
    const moment = await databaseTime(attack);
    await withFiles(attack, (data) => copyData(data, copy));
    load.start();
    await load.untilMore(COMMANDS);
    await load.stop();
    // So that Kafka and the read models are ahead of what is put back.
    await delay(5_000);
    await withFiles(attack, (data) => copyData(copy, data));
    journal.rollBack(mark);
    attack.restoredUntil(moment);
    fault('older store put back');
    await eventually(
      async () => (await chaos.ask('relay-supervisor', '/metrics')).text.includes('"store_went_back"} 1'),
      {
        timeoutMs: 60_000,
        intervalMs: 500,
      },
    );
    await chaos.cli('recover');
    fault('millrace recover');
    load.start();
  },
};

const toAMoment: Scenario = {
  name: 'restore-to-a-moment',
  numbers: [44],
  about: 'the store is lost, and put back from its backups as it was at a moment between two of them',
  destroys: true,
  replays: true,
  recoverWithinMs: 240_000,
  async inject(attack) {
    const { chaos, random, load, journal, fault } = attack;
    const folder = join(chaos.work, 'backups');
    await chaos.cli('backup', 'create', '--to', folder);
    await load.untilMore(random.between(COMMANDS, 2 * COMMANDS));
    await load.stop();
    const mark = journal.mark();
    const moment = await databaseTime(attack);
    load.start();
    await load.untilMore(COMMANDS);
    await load.stop();
    await chaos.cli('backup', 'create', '--incremental', '--to', folder);
    await emptyDatabase(attack);
    journal.rollBack(mark);
    fault('database lost');
    await chaos.cli('backup', 'restore', folder, '--until', moment);
    attack.restoredUntil(moment);
    fault(`restored as of ${moment}`);
    await chaos.stack.resume('connect');
    await chaos.cli('recover');
    await Promise.all(chaos.apps.map((app) => chaos.stack.resume(app)));
    load.start();
  },
};

async function databaseTime({ chaos }: Attack): Promise<string> {
  const { rows } = await chaos.stack.database.query<{ now: string }>(
    `select to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`,
  );
  return rows[0]?.now ?? '';
}

/** All apps and Connect are stopped, and the database is as after a first deploy. */
async function emptyDatabase({ chaos }: Attack): Promise<void> {
  const { stack } = chaos;
  await Promise.all([...chaos.apps, 'connect'].map((name) => stack.pause(name)));
  await dropSlot(chaos);
  const address = new URL(stack.env.DATABASE_URL);
  const name = address.pathname.slice(1);
  address.pathname = '/postgres';
  const server = openDatabase({ url: address.href, poolSize: 1 });
  await server.query(`drop database ${name} with (force)`);
  await server.query(`create database ${name}`);
  await server.close();
  // Ends with 1, because there is no Connect to ask; what the store needs is made before.
  await stack.deploy().catch(() => undefined);
}

const oneTenant: Scenario = {
  name: 'restore-one-tenant',
  numbers: [45],
  about: 'the events of one tenant are deleted past the guard of the table, and put back beside the others',
  recoverWithinMs: 180_000,
  async inject(attack) {
    const { chaos, random, load, tenants, fault } = attack;
    const { tenantId } = random.pick(tenants);
    const folder = join(chaos.work, `backups-${tenantId}`);
    await load.stop();
    await chaos.cli('backup', 'create', '--to', folder);
    await chaos.stack.database.transaction(async (transaction) => {
      await transaction.query('set local session_replication_role = replica');
      for (const table of ['events', 'snapshots', 'idempotency_keys'])
        await transaction.query(`delete from event_store.${table} where tenant_id = $1`, [tenantId]);
    });
    fault(`events of ${tenantId} deleted`);
    await chaos.cli('backup', 'restore', folder, '--tenant', tenantId);
    attack.restoredUntil(await databaseTime(attack));
    fault('tenant restored');
    load.start();
  },
};

/** Every scenario of this family. */
export const restore: readonly Scenario[] = [kafkaAhead, toAMoment, oneTenant];
