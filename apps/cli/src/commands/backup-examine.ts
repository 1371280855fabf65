import {
  backupsAt,
  type BackupStanding,
  bytesOf,
  eventsOf,
  listBackups,
  reportBackups,
  type StoredBackup,
  verifyChain,
} from '@millrace/backup';
import { Command } from 'commander';

import { chosenFolder, folderOption } from '../backup/backup-places.ts';
import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';

type Options = { readonly folder?: string; readonly home?: string };

/** `millrace backup list`. */
export function listBackupsCommand({ environment, print }: CliContext): Command {
  return new Command('list')
    .description('the backups of a folder, oldest first')
    .addOption(folderOption())
    .addOption(homeOption())
    .action(async ({ folder, home }: Options) => {
      const backups = await listBackups(chosenFolder(folder, chosenHome(home, environment), environment));
      const text = backups.length > 0 ? backups.map(listed).join('\n') : 'No backups.';
      print({ text, json: { backups: backups.map(({ directory, manifest }) => ({ directory, ...manifest })) } });
    });
}

function listed({ manifest }: StoredBackup): string {
  const { id, kind, scope, point } = manifest;
  return `${id}  ${kind.padEnd(11)}  ${scope.padEnd(10)}  ${point.takenAt}  ${eventsOf(manifest)} event(s)  ${bytesOf(manifest)} bytes`;
}

/** `millrace backup verify`: exit code 1 when the chain could not be restored as it was. */
export function verifyBackupCommand({ print, exitWith }: CliContext): Command {
  return new Command('verify')
    .description('read all of a backup and of those before it that it needs, without restoring')
    .argument('<dir>', 'a backup, or a folder of them: then the newest of each scope')
    .action(async (path: string) => {
      const unreadable: string[] = [];
      const { backups, named } = await backupsAt(path);
      if (!named) await listBackups(path, ({ message }) => unreadable.push(message));
      const lasts = named ? [named] : newestOfEachScope(backups);
      const verdicts = await Promise.all(lasts.map((last) => verifyChain(backups, last)));
      const problems = [...unreadable, ...verdicts.flatMap((verdict) => verdict.problems)];
      if (lasts.length === 0) problems.push(`${path} holds no backup`);
      const lines = verdicts.map(
        ({ backups: ids, events, rows, seconds }) =>
          `${ids.at(-1)}: ${ids.length} backup(s), ${events} event(s), ${rows} row(s) read in ${seconds.toFixed(1)} s`,
      );
      const result = problems.length > 0 ? problems.map((problem) => `✖ ${problem}`) : ['✔ as it was written'];
      print({ text: [...lines, ...result].join('\n'), json: { ok: problems.length === 0, problems, verdicts } });
      if (problems.length > 0) exitWith(exitCodes.failed);
    });
}

function newestOfEachScope(backups: readonly StoredBackup[]): StoredBackup[] {
  return [...new Map(backups.map((backup) => [backup.manifest.scope, backup])).values()];
}

/** `millrace backup report`: for who must prove that backups are made. */
export function reportBackupsCommand({ environment, print }: CliContext): Command {
  return new Command('report')
    .description('per tenant: last good backup, its age and size, last drill, whether it is encrypted')
    .addOption(folderOption())
    .addOption(homeOption())
    .action(async ({ folder, home }: Options) => {
      const standings = await reportBackups(
        chosenFolder(folder, chosenHome(home, environment), environment),
        Date.now(),
      );
      print({ text: standings.map(standingText).join('\n'), json: { tenants: standings } });
    });
}

function standingText(standing: BackupStanding): string {
  const { tenant, takenAt, ageSeconds, events, bytes, encrypted, lastDrill, lastDrillOk } = standing;
  const backup = takenAt === null ? 'no backup' : `${takenAt} (${Math.round(ageSeconds ?? 0)} s ago)`;
  const drilled = lastDrill === null ? 'never' : `${lastDrill} ${lastDrillOk ? 'good' : 'BAD'}`;
  return `${tenant.padEnd(12)}  last good backup: ${backup}  events: ${events}  bytes: ${bytes}  last drill: ${drilled}  encrypted: ${encrypted ? 'yes' : 'no'}`;
}
