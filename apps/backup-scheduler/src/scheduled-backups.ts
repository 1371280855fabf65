/**
 * When which backup is made. What was done is read from the folder, so a restart forgets nothing:
 *
 *     newest backup of the scope ─younger than its rhythm─▶ nothing
 *        │                      └─older, or none──▶ full, or increment ──▶ old chains removed
 *        └──increments since the last full one: full when there are enough
 */
import {
  bytesOf,
  createBackup,
  listBackups,
  newestOf,
  removeOldChains,
  type StoredBackup,
  WHOLE_STORE,
} from '@millrace/backup';
import type { Database } from '@millrace/postgres';
import type { Counter, Gauge, Logger, Metrics } from '@millrace/telemetry';

import type { ScheduleEntry } from './schedule.ts';

/** What the schedule works with. */
export type ScheduledBackupsParts = {
  readonly database: Database;
  readonly folder: string;
  readonly schedule: readonly ScheduleEntry[];
  readonly incrementsPerFull: number;
  readonly chainsKept: number;
  /** Groups whose effect a rebuild makes anew. */
  readonly rebuiltGroups: readonly string[];
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Unix time in ms. */
  readonly now?: () => number;
};

/** After a failure the same scope waits so long, or its rhythm where that is shorter. */
const RETRY_MS = 60_000;

/** Makes the backups that are due. */
export class ScheduledBackups {
  readonly #parts: Required<ScheduledBackupsParts>;
  readonly #lastSuccess: Gauge<'tenant'>;
  readonly #failures: Counter<'tenant'>;
  readonly #bytes: Gauge<'tenant'>;
  readonly #seconds: Gauge<'tenant'>;
  readonly #failedAt = new Map<string, number>();

  constructor(parts: ScheduledBackupsParts) {
    this.#parts = { now: Date.now, ...parts };
    const { metrics, schedule } = parts;
    const labels = ['tenant'] as const;
    this.#lastSuccess = metrics.gauge({
      name: 'millrace_backup_last_success_timestamp_seconds',
      help: 'When the newest good backup was taken, Unix time; 0 without one. Tenant * is the whole store.',
      labels,
    });
    this.#failures = metrics.counter({ name: 'millrace_backup_failures_total', help: 'Backups that failed.', labels });
    this.#bytes = metrics.gauge({ name: 'millrace_backup_bytes', help: 'Size of the newest good backup.', labels });
    this.#seconds = metrics.gauge({
      name: 'millrace_backup_seconds',
      help: 'How long the newest good backup took.',
      labels,
    });
    for (const { scope } of schedule) this.#failures.inc({ tenant: scope }, 0);
  }

  /** Makes what is due, one after the other. A failure is counted, and does not hold up the next. */
  async runDue(): Promise<void> {
    for (const entry of this.#parts.schedule) {
      const newest = newestOf(await listBackups(this.#parts.folder), entry.scope);
      this.#show(entry.scope, newest);
      if (this.#isDue(entry, newest)) await this.#make(entry.scope);
    }
  }

  #isDue({ scope, everyMs }: ScheduleEntry, newest: StoredBackup | undefined): boolean {
    const now = this.#parts.now();
    const failedAt = this.#failedAt.get(scope) ?? -Infinity;
    const takenAt = newest ? Date.parse(newest.manifest.point.takenAt) : -Infinity;
    return now - takenAt >= everyMs && now - failedAt >= Math.min(everyMs, RETRY_MS);
  }

  async #make(scope: string): Promise<void> {
    const { database, folder, rebuiltGroups, chainsKept, logger, now } = this.#parts;
    try {
      const incremental = await this.#continuesChain(scope);
      const tenant = scope === WHOLE_STORE ? undefined : scope;
      const backup = await createBackup({ database, folder, tenant, incremental, rebuiltGroups });
      this.#failedAt.delete(scope);
      this.#show(scope, backup);
      const removed = await removeOldChains(folder, scope, chainsKept);
      const { id, kind, seconds } = backup.manifest;
      logger.info({ scope, id, kind, seconds, bytes: bytesOf(backup.manifest), removed }, 'backup made');
    } catch (error) {
      this.#failedAt.set(scope, now());
      this.#failures.inc({ tenant: scope });
      logger.error({ err: error, scope }, 'backup failed');
    }
  }

  async #continuesChain(scope: string): Promise<boolean> {
    const { folder, incrementsPerFull } = this.#parts;
    const own = (await listBackups(folder)).filter(({ manifest }) => manifest.scope === scope);
    const sinceFull = own.length - 1 - own.findLastIndex(({ manifest }) => manifest.kind === 'full');
    return own.length > 0 && sinceFull < incrementsPerFull;
  }

  #show(tenant: string, newest: StoredBackup | undefined): void {
    this.#lastSuccess.set({ tenant }, newest ? Date.parse(newest.manifest.point.takenAt) / 1_000 : 0);
    if (!newest) return;
    this.#bytes.set({ tenant }, bytesOf(newest.manifest));
    this.#seconds.set({ tenant }, newest.manifest.seconds);
  }
}
