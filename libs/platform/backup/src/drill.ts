/** A restore that nobody needs, to know how long one takes and that it works. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Database } from '@millrace/postgres';

import type { StoredBackup } from './backup-folder.ts';
import { withDatabaseBeside } from './beside.ts';
import { WHOLE_STORE } from './manifest.ts';
import { planRestore, refused } from './restore-plan.ts';
import { restoreStore } from './restore-store.ts';
import { restoreTenant } from './restore-tenant.ts';
import { NO_HEADS, StreamHeads } from './stream-heads.ts';

/** What a drill is made with. */
export type DrillParts = {
  /** Of the owner, who may create databases. */
  readonly databaseUrl: string;
  readonly folder: string;
  readonly backups: readonly StoredBackup[];
  /** Only this tenant. */
  readonly tenant?: string | undefined;
  /** Makes all read models: without them nobody can read. */
  readonly rebuild: (database: Database) => Promise<unknown>;
  /** Longest time without service, and most time whose events may be lost. */
  readonly targets: { readonly rtoSeconds: number; readonly rpoSeconds: number };
};

/** What a drill found. */
export type DrillReport = {
  readonly at: string;
  readonly scope: string;
  readonly backupId: string;
  readonly events: number;
  /** New database, restore, check, read models. */
  readonly rtoSeconds: number;
  readonly restoreSeconds: number;
  readonly rebuildSeconds: number;
  /** Age of the moment that the newest backup shows: what came since would be lost. */
  readonly rpoSeconds: number;
  readonly targets: DrillParts['targets'];
  readonly problems: readonly string[];
  readonly ok: boolean;
};

const DRILLS = '.drills';

/** Restores the newest chain into a database beside, checks it, drops it, and keeps the result in the folder. */
export async function drill(parts: DrillParts): Promise<DrillReport> {
  const { backups, tenant, databaseUrl, targets } = parts;
  const plan = planRestore({ backups, tenant });
  const { manifest } = plan.last;
  const rpoSeconds = (Date.now() - Date.parse(manifest.point.takenAt)) / 1_000;
  const startedAt = performance.now();
  const found = await withDatabaseBeside(databaseUrl, async (database) => {
    const restored =
      tenant === undefined
        ? await restoreStore(database, plan)
        : await restoreTenant(database, plan, { tenant, effectGroups: [] });
    const problems = await checkAgainst(database, plan.last, tenant);
    const rebuilding = performance.now();
    await parts.rebuild(database);
    const [rebuildSeconds, rtoSeconds] = [rebuilding, startedAt].map((since) => (performance.now() - since) / 1_000);
    return { restored, problems, rebuildSeconds: rebuildSeconds ?? 0, rtoSeconds: rtoSeconds ?? 0 };
  });
  const { restored, rtoSeconds, rebuildSeconds } = found;
  const problems = [
    ...found.problems,
    ...(rtoSeconds > targets.rtoSeconds ? [`RTO of ${targets.rtoSeconds} s missed`] : []),
    ...(rpoSeconds > targets.rpoSeconds ? [`RPO of ${targets.rpoSeconds} s missed`] : []),
  ];
  const report: DrillReport = {
    at: new Date().toISOString(),
    scope: tenant ?? WHOLE_STORE,
    backupId: manifest.id,
    events: restored.events,
    rtoSeconds,
    restoreSeconds: restored.seconds,
    rebuildSeconds,
    rpoSeconds,
    targets,
    problems,
    ok: problems.length === 0,
  };
  await keep(parts.folder, report);
  return report;
}

/** Drills of a folder, oldest first. */
export async function listDrills(folder: string): Promise<DrillReport[]> {
  const names = await readdir(join(folder, DRILLS)).catch(() => []);
  const texts = await Promise.all(names.sort().map((name) => readFile(join(folder, DRILLS, name), 'utf8')));
  return texts.map((text) => JSON.parse(text) as DrillReport);
}

async function keep(folder: string, report: DrillReport): Promise<void> {
  await mkdir(join(folder, DRILLS), { recursive: true });
  const name = `${report.at.replaceAll(/[-:.]/g, '')}.json`;
  await writeFile(join(folder, DRILLS, name), `${JSON.stringify(report, null, 2)}\n`, { flush: true });
}

type StreamRow = { tenant_id: string; aggregate_type: string; aggregate_id: string; sequence_number: string };

/** Whether the restored store is the one that the manifest tells of: no gap, the same counts, the same heads. */
async function checkAgainst(
  database: Database,
  { manifest }: StoredBackup,
  tenant: string | undefined,
): Promise<string[]> {
  const heads = new StreamHeads({ startAnywhere: false });
  const { point } = manifest;
  await database.transaction(async (transaction) => {
    await transaction.query(
      `declare restored no scroll cursor for select tenant_id, aggregate_type, aggregate_id, sequence_number::text
         from event_store.events order by transaction_id, global_position`,
    );
    for (;;) {
      const { rows } = await transaction.query<StreamRow>('fetch 5000 from restored');
      if (rows.length === 0) return;
      for (const row of rows) heads.take(row);
    }
  });
  const wanted = tenant === undefined ? point.events : { [tenant]: point.events[tenant] };
  const counts = heads.countsAfter({});
  if (JSON.stringify(counts) !== JSON.stringify(wanted))
    return [`${JSON.stringify(counts)} events were restored, the manifest says ${JSON.stringify(wanted)}`];
  // The digest is of all tenants in the backup.
  const isWhole = tenant === undefined || manifest.scope === tenant;
  if (isWhole && heads.digestAfter(NO_HEADS) !== point.headsDigest)
    throw refused(`the heads of the restored streams are not those of ${manifest.id}`);
  return [];
}
