import { listBackups, newestOf, type StoredBackup } from './backup-folder.ts';
import { type DrillReport, listDrills } from './drill.ts';
import { bytesOf, WHOLE_STORE } from './manifest.ts';

/** How safe the events of one tenant are, or of the whole store. */
export type BackupStanding = {
  /** Name of the tenant, or `*`. */
  readonly tenant: string;
  readonly lastBackup: string | null;
  readonly takenAt: string | null;
  readonly ageSeconds: number | null;
  readonly events: number;
  /** Of the chain that a restore would read. */
  readonly bytes: number;
  readonly encrypted: boolean;
  readonly lastDrill: string | null;
  readonly lastDrillOk: boolean | null;
};

/**
 * For the whole store and each tenant in any backup: the newest backup that has it, and the last drill that restored it.
 * @param nowMs Unix time
 */
export async function reportBackups(folder: string, nowMs: number): Promise<BackupStanding[]> {
  const backups = await listBackups(folder);
  const drills = await listDrills(folder);
  const tenants = new Set(backups.flatMap(({ manifest }) => Object.keys(manifest.point.events)));
  return [WHOLE_STORE, ...[...tenants].sort()].map((tenant) => {
    const newest = newestFor(backups, tenant);
    const drilled = drills.findLast(({ scope }) => scope === tenant || scope === WHOLE_STORE);
    return standing(tenant, { newest, drilled, backups, nowMs });
  });
}

function newestFor(backups: readonly StoredBackup[], tenant: string): StoredBackup | undefined {
  const whole = newestOf(backups, WHOLE_STORE);
  const own = tenant === WHOLE_STORE ? undefined : newestOf(backups, tenant);
  return own && (!whole || backups.indexOf(own) > backups.indexOf(whole)) ? own : whole;
}

type Known = {
  readonly newest: StoredBackup | undefined;
  readonly drilled: DrillReport | undefined;
  readonly backups: readonly StoredBackup[];
  readonly nowMs: number;
};

function standing(tenant: string, { newest, drilled, backups, nowMs }: Known): BackupStanding {
  const drill = { lastDrill: drilled?.at ?? null, lastDrillOk: drilled?.ok ?? null };
  if (!newest) {
    const nothing = { lastBackup: null, takenAt: null, ageSeconds: null, events: 0, bytes: 0, encrypted: false };
    return { tenant, ...nothing, ...drill };
  }
  const { id, point, encrypted } = newest.manifest;
  const counts = Object.entries(point.events).filter(([name]) => tenant === WHOLE_STORE || name === tenant);
  return {
    tenant,
    lastBackup: id,
    takenAt: point.takenAt,
    ageSeconds: (nowMs - Date.parse(point.takenAt)) / 1_000,
    events: counts.reduce((sum, [, count]) => sum + count, 0),
    bytes: chainBytes(backups, newest),
    encrypted,
    ...drill,
  };
}

function chainBytes(backups: readonly StoredBackup[], last: StoredBackup): number {
  let sum = 0;
  let next: StoredBackup | undefined = last;
  while (next) {
    sum += bytesOf(next.manifest);
    const before: string | undefined = next.manifest.previous?.id;
    next = backups.find(({ manifest }) => manifest.id === before);
  }
  return sum;
}
