import { drill, type DrillReport, listBackups } from '@millrace/backup';
import { loadConfig } from '@millrace/config';
import { Command, Option } from 'commander';

import { chosenFolder, databaseUrlOf, folderOption, rebuildAll } from '../backup/backup-places.ts';
import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { tenantName } from '../tenant-name.ts';
import { placesOf } from '../with-database.ts';

type Options = { readonly folder?: string; readonly tenant?: string; readonly home?: string };

/** `millrace backup drill`: a restore into a database beside, timed. Exit code 1 when a target is missed or it fails. */
export function drillCommand({ environment, print, exitWith }: CliContext): Command {
  return new Command('drill')
    .description('restore the newest backups into a database beside, check it, drop it; keeps what it took')
    .addOption(new Option('--tenant <tenant>', 'only this tenant').argParser(tenantName))
    .addOption(folderOption())
    .addOption(homeOption())
    .action(async ({ folder: option, tenant, home: root }: Options) => {
      const home = chosenHome(root, environment);
      const folder = chosenFolder(option, home, environment);
      const targets = loadConfig(environment, ['BACKUP_RTO_SECONDS', 'BACKUP_RPO_SECONDS']);
      const report = await drill({
        databaseUrl: databaseUrlOf(placesOf(home, environment)),
        folder,
        backups: await listBackups(folder),
        tenant,
        rebuild: (database) => rebuildAll(database),
        targets: { rtoSeconds: targets.BACKUP_RTO_SECONDS, rpoSeconds: targets.BACKUP_RPO_SECONDS },
      });
      print({ text: drillText(report), json: report });
      if (!report.ok) exitWith(exitCodes.failed);
    });
}

function drillText({
  backupId,
  events,
  rtoSeconds,
  restoreSeconds,
  rebuildSeconds,
  rpoSeconds,
  targets,
  problems,
}: DrillReport): string {
  return [
    `${backupId}: ${events} event(s) restored in ${restoreSeconds.toFixed(1)} s, read models in ${rebuildSeconds.toFixed(1)} s`,
    `RTO  ${rtoSeconds.toFixed(1)} s  target ${targets.rtoSeconds} s`,
    `RPO  ${rpoSeconds.toFixed(1)} s  target ${targets.rpoSeconds} s`,
    ...(problems.length > 0 ? problems.map((problem) => `✖ ${problem}`) : ['✔ as the manifest says, without a gap']),
  ].join('\n');
}
