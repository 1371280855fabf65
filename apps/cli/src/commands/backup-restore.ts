import {
  backupsAt,
  openForUpkeep,
  planRestore,
  type RestoreReport,
  restoreStore,
  restoreTenant,
  verifyChain,
} from '@millrace/backup';
import { MillraceError } from '@millrace/core';
import { Command, Option } from 'commander';

import { databaseUrlOf, effectGroups, instant, rebuildAll, rebuiltText } from '../backup/backup-places.ts';
import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { tenantName } from '../tenant-name.ts';
import { placesOf } from '../with-database.ts';

type Options = { readonly until?: string; readonly tenant?: string; readonly home?: string };

/** `millrace backup restore`: the whole store into an empty database, or one tenant beside the others. */
export function restoreCommand({ environment, print }: CliContext): Command {
  return new Command('restore')
    .description('bring back the whole store into an empty database, or what one tenant has lost; verifies first')
    .argument('<dir>', 'a backup, or a folder of them: then the newest that fits')
    .addOption(new Option('--until <time>', 'exactly what was stored up to this moment (RFC 3339)').argParser(instant))
    .addOption(new Option('--tenant <tenant>', 'only this tenant, beside live others').argParser(tenantName))
    .addOption(homeOption())
    .action(async (path: string, { until, tenant, home }: Options) => {
      const { backups, named } = await backupsAt(path);
      const plan = planRestore({ backups, named, tenant, until });
      for (const last of new Set([plan.last, plan.state])) {
        const { problems } = await verifyChain(backups, last);
        if (problems.length > 0) throw new MillraceError('BACKUP_DAMAGED', problems.join('\n'));
      }
      const database = openForUpkeep(databaseUrlOf(placesOf(chosenHome(home, environment), environment)));
      try {
        const report =
          tenant === undefined
            ? await restoreStore(database, plan)
            : await restoreTenant(database, plan, { tenant, effectGroups });
        const next =
          tenant === undefined
            ? 'Now run: npx millrace recover. Nothing may be streamed, and no app may run, before.'
            : rebuiltText(await rebuildAll(database, { tenantId: tenant }));
        print({ text: `${restoredText(report)}\n${next}`, json: report });
      } finally {
        await database.close();
      }
    });
}

function restoredText({ events, rows, seconds, backupId, tenant, stateTakenAt, stateIsNewer }: RestoreReport): string {
  const what = tenant === '*' ? 'the whole store' : tenant;
  const warning = stateIsNewer
    ? `\n⚠ No backup is older than the moment: processes that moved on after it are marked failed (npx millrace sagas list).`
    : '';
  return `${what}: ${events} event(s), ${rows} other row(s) from ${backupId} in ${seconds.toFixed(1)} s (${Math.round(events / seconds)} events/s); processes as of ${stateTakenAt}${warning}`;
}
