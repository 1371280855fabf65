import type { DomainNames, PartNames } from '../names.ts';
import type { NewFile } from '../plan.ts';

type TableOptions = {
  readonly number: string;
  /** Columns besides the key, the two times and the version, as SQL. */
  readonly columns: readonly string[];
  /** With an index in the order of a list: newest first. */
  readonly listed: boolean;
};

/** The table of a read model with one row per aggregate, and who may do what with it. */
export function migration(
  { plural, singular, idColumn }: DomainNames,
  { snake }: PartNames,
  options: TableOptions,
): NewFile {
  const { number, columns, listed } = options;
  const table = `read_model.${snake}`;
  const definitions = [
    'tenant_id text not null',
    `${idColumn} text not null`,
    ...columns,
    'created_at timestamptz not null',
    'updated_at timestamptz not null',
    'version bigint not null',
  ];
  const key = `alter table ${table} add primary key (tenant_id, ${idColumn});`;
  const index = `create index ${snake}_newest on ${table} (tenant_id, created_at desc, ${idColumn} desc);`;
  // While a table has no statistics, Postgres takes the newest of two indexes that seem equal: the key is made last.
  const indexes = listed ? [index, key] : [key];
  const lines = [
    '-- Up Migration',
    `-- One row per ${singular}; \`version\` is the sequence number that the row reflects.${listed ? ` The index is the list of ${plural}: newest first.` : ''}`,
    `create table ${table} (`,
    definitions.map((definition) => `  ${definition}`).join(',\n'),
    ');',
    ...indexes,
    '',
    `grant select, insert, update, delete on ${table} to millrace_projector;`,
    `grant select on ${table} to millrace_query, millrace_backup;`,
    '',
  ];
  return { path: `libs/platform/postgres/migrations/${number}_${snake}.sql`, text: lines.join('\n') };
}
