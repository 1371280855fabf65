import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { createBackupCommand } from './backup-create.ts';
import { drillCommand } from './backup-drill.ts';
import { listBackupsCommand, reportBackupsCommand, verifyBackupCommand } from './backup-examine.ts';
import { restoreCommand } from './backup-restore.ts';
import { stateCommand } from './backup-state.ts';

/** `millrace backup`: copies of the event store, and the way back. */
export function backupCommand(context: CliContext): Command {
  return new Command('backup')
    .description('copies of the event store, and the way back')
    .addCommand(createBackupCommand(context))
    .addCommand(listBackupsCommand(context))
    .addCommand(verifyBackupCommand(context))
    .addCommand(restoreCommand(context))
    .addCommand(drillCommand(context))
    .addCommand(reportBackupsCommand(context))
    .addCommand(stateCommand(context));
}
