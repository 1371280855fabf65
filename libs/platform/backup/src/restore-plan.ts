import { MillraceError } from '@millrace/core';

import { chainOf, newestOf, type StoredBackup } from './backup-folder.ts';
import { compareInstants } from './instant.ts';
import { type StoreIdentity, WHOLE_STORE } from './manifest.ts';

/** Which backups a restore takes what from. */
export type RestorePlan = {
  /** Events, from all of these together: a full backup and its increments. */
  readonly chain: readonly StoredBackup[];
  /** The last of the chain: what was written once, and what publishers have sent. */
  readonly last: StoredBackup;
  /** What sagas were doing. */
  readonly state: StoredBackup;
  /** RFC 3339: the moment to restore; without, all that the chain holds. */
  readonly until: string | undefined;
  /** Whether `state` is newer than `until`, because no backup was made before: it must be cut back, and parts are lost. */
  readonly stateIsNewer: boolean;
};

/** What somebody wants back. */
export type RestoreWish = {
  readonly backups: readonly StoredBackup[];
  /** The backup that was named; the newest one without. */
  readonly named?: StoredBackup | undefined;
  /** One tenant, from a backup of it or of the whole store. */
  readonly tenant?: string | undefined;
  readonly until?: string | undefined;
};

/**
 * Chooses backups. To restore a moment, the first backup after it gives the events, and the last one before it gives the
 * state of processes: then nothing in it is newer than the moment.
 * @throws MillraceError `BACKUP_DAMAGED` for a chain with a hole, `RESTORE_REFUSED` when no backup reaches the moment
 */
export function planRestore({ backups, named, tenant, until }: RestoreWish): RestorePlan {
  if (named && ![WHOLE_STORE, tenant].includes(named.manifest.scope))
    throw refused(`${named.manifest.id} is of tenant ${named.manifest.scope} alone`);
  const newest = named ?? newestOf(backups, scopeFor(backups, tenant));
  if (!newest) throw refused(`there is no backup of ${tenant ?? 'the whole store'}`);
  if (until !== undefined) return planMoment(backups, newest, until);
  return { chain: chainOf(backups, newest), last: newest, state: newest, until, stateIsNewer: false };
}

function planMoment(backups: readonly StoredBackup[], newest: StoredBackup, until: string): RestorePlan {
  const takenAt = ({ manifest }: StoredBackup): string => manifest.point.takenAt;
  if (compareInstants(takenAt(newest), until) < 0)
    throw refused(`the last backup was taken at ${takenAt(newest)}: what came until ${until} is not in it`);
  const { scope, store } = newest.manifest;
  const upToNewest = backups.filter(
    (one) =>
      one.manifest.scope === scope &&
      sameLine(one.manifest.store, store) &&
      compareInstants(takenAt(one), takenAt(newest)) <= 0,
  );
  const last = upToNewest.find((one) => compareInstants(takenAt(one), until) >= 0) ?? newest;
  const before = upToNewest.findLast((one) => compareInstants(takenAt(one), until) <= 0);
  return { chain: chainOf(backups, last), last, state: before ?? last, until, stateIsNewer: !before };
}

/** A backup of the tenant alone, where there is one that is newer. */
function scopeFor(backups: readonly StoredBackup[], tenant: string | undefined): string {
  const usable = backups.filter(({ manifest }) => manifest.scope === WHOLE_STORE || manifest.scope === tenant);
  return usable.at(-1)?.manifest.scope ?? WHOLE_STORE;
}

function sameLine(one: StoreIdentity, other: StoreIdentity): boolean {
  return one.system === other.system && one.database === other.database && one.epoch === other.epoch;
}

/** The error of a restore that changes nothing. */
export function refused(detail: string): MillraceError {
  return new MillraceError('RESTORE_REFUSED', `cannot restore: ${detail}`);
}
