import { MillraceError } from '@millrace/core';

/** What is backed up how often. `scope`: a tenant, or `*` for the whole store. */
export type ScheduleEntry = { readonly scope: string; readonly everyMs: number };

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Parses `*=24h,acme=1h`; nothing of an empty text.
 * @throws MillraceError `CONFIG_INVALID`
 */
export function parseSchedule(text: string): ScheduleEntry[] {
  if (text.trim() === '') return [];
  const entries = text.split(',').map(parseEntry);
  const scopes = entries.map(({ scope }) => scope);
  const twice = scopes.find((scope, index) => scopes.indexOf(scope) !== index);
  if (twice !== undefined) throw invalid(`names ${twice} twice`);
  return entries;
}

function parseEntry(text: string): ScheduleEntry {
  const [, scope, count, unit] = /^(\*|[a-z0-9][a-z0-9_-]{0,62})=([1-9]\d{0,5})([smhd])$/.exec(text.trim()) ?? [];
  if (!scope) throw invalid(`"${text}" is not like *=24h or acme=1h`);
  return { scope, everyMs: Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS] };
}

function invalid(problem: string): MillraceError {
  return new MillraceError('CONFIG_INVALID', `BACKUP_SCHEDULE ${problem}`);
}
