import { openForUpkeep } from '@millrace/backup';
import type { VariableName } from '@millrace/config';
import { projections } from '@millrace/fleet';
import { createHealthServer, type Service, type ServiceContext } from '@millrace/http';

import { parseSchedule } from './schedule.ts';
import { ScheduledBackups } from './scheduled-backups.ts';

/** What the scheduler reads from the environment. */
export const backupSchedulerVariables = [
  'DATABASE_URL',
  'BACKUP_FOLDER',
  'BACKUP_SCHEDULE',
  'BACKUP_INCREMENTS_PER_FULL',
  'BACKUP_CHAINS_KEPT',
] as const satisfies readonly VariableName[];

const LOOK_MS = 1_000;

/** Wires the schedule. Without one it only answers that it is there. */
export function createBackupScheduler({
  config,
  logger,
  metrics,
}: ServiceContext<(typeof backupSchedulerVariables)[number]>): Service {
  const database = openForUpkeep(config.DATABASE_URL, 1);
  const backups = new ScheduledBackups({
    database,
    folder: config.BACKUP_FOLDER,
    schedule: parseSchedule(config.BACKUP_SCHEDULE),
    incrementsPerFull: config.BACKUP_INCREMENTS_PER_FULL,
    chainsKept: config.BACKUP_CHAINS_KEPT,
    rebuiltGroups: projections.map(({ name }) => name),
    metrics,
    logger,
  });
  let running: Promise<void> | undefined;
  // One run at a time: a backup that takes longer than its rhythm is not joined by another.
  const timer = setInterval(() => {
    running ??= backups
      .runDue()
      .catch((error: unknown) => logger.error({ err: error }, 'the folder of backups cannot be read'))
      .finally(() => (running = undefined));
  }, LOOK_MS);
  return {
    server: createHealthServer({ logger, metrics, health: [] }),
    close: async () => {
      clearInterval(timer);
      await running;
      await database.close();
    },
  };
}
