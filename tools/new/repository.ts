import { existsSync, globSync, readdirSync } from 'node:fs';

/** Number of the migration after the last one. Run from the root of the repository. */
export function nextMigration(): string {
  const numbers = readdirSync('libs/platform/postgres/migrations').map((name) => Number.parseInt(name, 10));
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0');
}

/** The event types that a domain announces inside, by its schemas. @throws Error when there is no such domain */
export function eventTypes(plural: string): readonly string[] {
  const folder = `schemas/${plural}`;
  if (!existsSync(folder)) throw new Error(`there is no domain "${plural}": ${folder} is missing`);
  const types = globSync(`${folder}/*.avsc`).map((path) => path.slice(folder.length + 1).split('.')[0] ?? '');
  return [...new Set(types)].sort();
}
