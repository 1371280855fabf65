import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

import { backupsAt, planRestore, restoreTenant, withDatabaseBeside } from '@millrace/backup';
import { projections } from '@millrace/fleet';
import type { Database } from '@millrace/postgres';
import { Command, Option } from 'commander';

import { databaseUrlOf, instant, rebuildAll } from '../backup/backup-places.ts';
import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { tenantName } from '../tenant-name.ts';
import { placesOf } from '../with-database.ts';

type Options = { readonly tenant: string; readonly at?: string; readonly to: string; readonly home?: string };

const PAGE_ROWS = 1_000;

/** `millrace backup state`: everything of a tenant as it was at a moment, one JSON object a line. */
export function stateCommand({ environment, print }: CliContext): Command {
  return new Command('state')
    .description(
      'write what all aggregates of a tenant were like at a moment, as JSON lines; restores into a database beside',
    )
    .argument('<dir>', 'a backup, or a folder of them')
    .addOption(new Option('--tenant <tenant>', 'the tenant').argParser(tenantName).makeOptionMandatory())
    .addOption(new Option('--at <time>', 'the moment (RFC 3339); that of the backup without').argParser(instant))
    .requiredOption('--to <file>', 'file to write')
    .addOption(homeOption())
    .action(async (path: string, { tenant, at, to, home }: Options) => {
      const plan = planRestore({ ...(await backupsAt(path)), tenant, until: at });
      const url = databaseUrlOf(placesOf(chosenHome(home, environment), environment));
      const { events, rows } = await withDatabaseBeside(url, async (database) => {
        const restored = await restoreTenant(database, plan, { tenant, effectGroups: [] });
        await rebuildAll(database);
        return { events: restored.events, rows: await writeRows(database, to) };
      });
      print({ text: `${to}: ${rows} row(s) from ${events} event(s)`, json: { tenant, at, file: to, events, rows } });
    });
}

async function writeRows(database: Database, path: string): Promise<number> {
  const file = createWriteStream(path, { flush: true });
  let count = 0;
  for (const { name, table } of projections) {
    await database.transaction(async (transaction) => {
      await transaction.query(
        `declare state no scroll cursor for select to_jsonb(t) as row from read_model.${table} t`,
      );
      for (;;) {
        const { rows } = await transaction.query<{ row: object }>(`fetch ${PAGE_ROWS} from state`);
        if (rows.length === 0) break;
        const lines = rows.map(({ row }) => `${JSON.stringify({ projection: name, row })}\n`).join('');
        if (!file.write(lines)) await once(file, 'drain');
        count += rows.length;
      }
    });
  }
  file.end();
  await finished(file);
  return count;
}
