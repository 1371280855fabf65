import { bytesOf, createBackup, eventsOf, openForUpkeep, type StoredBackup } from '@millrace/backup';
import { Command, Option } from 'commander';

import { chosenFolder, databaseUrlOf, rebuiltGroups } from '../backup/backup-places.ts';
import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { tenantName } from '../tenant-name.ts';
import { placesOf } from '../with-database.ts';

type Options = {
  readonly to?: string;
  readonly tenant?: string;
  readonly incremental?: boolean;
  readonly readModels?: boolean;
  readonly home?: string;
};

/** `millrace backup create`: role millrace_backup in DATABASE_URL is enough. */
export function createBackupCommand({ environment, print }: CliContext): Command {
  return new Command('create')
    .description('write a backup; commands go on meanwhile')
    .option('--to <folder>', 'folder of the backups (default: BACKUP_FOLDER, else the one of the embedded stack)')
    .addOption(new Option('--tenant <tenant>', 'only this tenant').argParser(tenantName))
    .option('--incremental', 'only events after the newest backup of the same scope; full, where there is none')
    .option('--read-models', 'also the tables of read models, for whoever reads the files')
    .addOption(homeOption())
    .action(async ({ to, tenant, incremental, readModels, home: folder }: Options) => {
      const home = chosenHome(folder, environment);
      const database = openForUpkeep(databaseUrlOf(placesOf(home, environment)));
      try {
        const request = { folder: chosenFolder(to, home, environment), tenant, incremental, readModels, rebuiltGroups };
        const backup = await createBackup({ database, ...request });
        print({ text: created(backup), json: { directory: backup.directory, ...backup.manifest } });
      } finally {
        await database.close();
      }
    });
}

function created({ directory, manifest }: StoredBackup): string {
  const { kind, scope, seconds, files } = manifest;
  const written = files.find(({ table }) => table === 'event_store.events')?.rows ?? 0;
  const rate = Math.round(written / seconds);
  return `${kind} backup of ${scope === '*' ? 'the whole store' : scope}: ${written} of ${eventsOf(manifest)} event(s), ${bytesOf(manifest)} bytes, in ${seconds.toFixed(1)} s (${rate} events/s)\n${directory}`;
}
