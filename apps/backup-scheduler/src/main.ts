/** Makes backups as BACKUP_SCHEDULE says, and removes old chains. */
import { runService } from '@millrace/http';

import { backupSchedulerVariables, createBackupScheduler } from './backup-scheduler.ts';

await runService(
  { name: 'backup-scheduler', variables: backupSchedulerVariables, create: createBackupScheduler },
  process.env,
);
