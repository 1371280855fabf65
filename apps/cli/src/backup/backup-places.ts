/** What all commands about backups are told, and what they know of this repository. */
import { type Environment, loadConfig } from '@millrace/config';
import { rebuildProjection, type RebuildReport, type RebuildScope } from '@millrace/consumer';
import { consumerGroups, storedEvents, TOPIC_PARTITIONS } from '@millrace/contracts/topology';
import { projections } from '@millrace/fleet';
import type { Database } from '@millrace/postgres';
import type { Home } from '@millrace/stack';
import { InvalidArgumentError, Option } from 'commander';

/** Groups whose tables are made from events alone. */
export const rebuiltGroups: readonly string[] = projections.map(({ name }) => name);

/** Groups that send something: sagas and publishers. */
export const effectGroups: readonly string[] = consumerGroups
  .map(({ group }) => group)
  .filter((group) => !rebuiltGroups.includes(group));

/** `--folder`: where backups are. */
export const folderOption = (): Option =>
  new Option('--folder <folder>', 'folder of the backups (default: BACKUP_FOLDER, else the one of the embedded stack)');

/** The folder meant by the option, else by BACKUP_FOLDER, else the one of the home. */
export function chosenFolder(option: string | undefined, home: Home, environment: Environment): string {
  return option ?? (environment['BACKUP_FOLDER'] || home.backups);
}

/** The owner's database. @throws MillraceError `CONFIG_INVALID` when no database is known */
export function databaseUrlOf(places: Environment): string {
  return loadConfig(places, ['DATABASE_URL']).DATABASE_URL;
}

/** Makes all read models anew, of one tenant or all. */
export async function rebuildAll(database: Database, scope?: RebuildScope): Promise<RebuildReport[]> {
  const reports: RebuildReport[] = [];
  for (const projection of projections) {
    const parts = { database, catalogue: storedEvents, projection, partitions: TOPIC_PARTITIONS };
    reports.push(await rebuildProjection({ ...parts, ...(scope && { scope }) }));
  }
  return reports;
}

/** One line about what was rebuilt. */
export function rebuiltText(reports: readonly RebuildReport[]): string {
  const rows = reports.reduce((sum, report) => sum + report.rows, 0);
  const seconds = reports.reduce((sum, report) => sum + report.seconds, 0);
  return `${reports.length} read models rebuilt, ${rows} row(s), in ${seconds.toFixed(1)} s`;
}

/** Value of an option that is a moment. @throws InvalidArgumentError */
export function instant(text: string): string {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('Give a time as 2026-01-31T12:00:00Z.');
  // Microseconds stay: a Date has none.
  return text.endsWith('Z') ? text : new Date(time).toISOString();
}
