/** Row by row, what the live table and another one have. */
import { isDeepStrictEqual } from 'node:util';

import type { Projection, Row } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';
import pg from 'pg';

import { tableOf } from './next-table.ts';
import { groupOf, type Side } from './side.ts';

/**
 * `missing`: only in the live table; `extra`: only in the other one; `apart`: of another version of the aggregate, so one
 * of them has not seen everything; `different`: the same version, or none, and other values.
 */
export type RowDifference = 'missing' | 'extra' | 'apart' | 'different';

/** One row that is not the same. */
export type NamedDifference = {
  readonly difference: RowDifference;
  readonly key: Row;
  /** Columns that both tables have and that differ. */
  readonly columns: readonly string[];
  readonly live: Row | null;
  readonly other: Row | null;
};

/** A table beside the live one, at the same positions. */
export type SidesComparison = {
  readonly projection: string;
  readonly side: Side;
  readonly liveRows: number;
  readonly otherRows: number;
  readonly equal: number;
  readonly differences: Readonly<Record<RowDifference, number>>;
  /** Aggregates whose last version is not the same for both groups; only where rows do not tell it. */
  readonly aggregatesApart: number;
  /** Columns that one of the tables lacks: nothing is compared there. */
  readonly columns: { readonly onlyLive: readonly string[]; readonly onlyOther: readonly string[] };
  /** The first of the differences, in the order of their keys. */
  readonly named: readonly NamedDifference[];
};

type Shape = Pick<Projection, 'name' | 'table' | 'keyColumns' | 'rowPer'>;

const MOST_NAMED = 20;
const NONE: Readonly<Record<RowDifference, number>> = { missing: 0, extra: 0, apart: 0, different: 0 };

/** Whether both have the same rows. */
export function areEqual({ differences, aggregatesApart }: SidesComparison): boolean {
  return Object.values(differences).every((count) => count === 0) && aggregatesApart === 0;
}

/** Whether one of them has merely not seen everything yet that the other one has. */
export function mayMeet({ differences, aggregatesApart }: SidesComparison): boolean {
  return differences.missing + differences.extra + differences.apart > 0 || aggregatesApart > 0;
}

/** Compares both tables as `transaction` sees them. */
export async function compareSides(transaction: Transaction, shape: Shape, side: Side): Promise<SidesComparison> {
  const [live, other] = [await columnsOf(transaction, shape, 'live'), await columnsOf(transaction, shape, side)];
  const common = live.filter((column) => other.includes(column));
  const joined = joinOf(shape, side, common);
  const { rows } = await transaction.query<{ difference: RowDifference | 'equal'; rows: number }>(
    `select difference, count(*) as rows from (${joined}) as compared group by 1`,
  );
  const counts = Object.fromEntries(rows.map(({ difference, rows: count }) => [difference, count]));
  const { equal = 0, ...found } = counts;
  const differences = { ...NONE, ...found };
  const both = equal + differences.apart + differences.different;
  return {
    projection: shape.name,
    side,
    liveRows: both + differences.missing,
    otherRows: both + differences.extra,
    equal,
    differences,
    aggregatesApart: shape.rowPer === 'aggregate' ? 0 : await aggregatesApart(transaction, shape, side),
    columns: {
      onlyLive: live.filter((column) => !other.includes(column)),
      onlyOther: other.filter((column) => !live.includes(column)),
    },
    named: Object.keys(found).length > 0 ? await nameThem(transaction, { shape, joined, common }, MOST_NAMED) : [],
  };
}

/** Rows of the live table that the other one lacks or holds in an older version, and those that only it has. */
export async function suspects(
  transaction: Transaction,
  { shape, side, most }: { readonly shape: Shape; readonly side: Side; readonly most: number },
): Promise<NamedDifference[]> {
  const [live, other] = [await columnsOf(transaction, shape, 'live'), await columnsOf(transaction, shape, side)];
  const common = live.filter((column) => other.includes(column));
  const joined = joinOf(shape, side, common);
  const named = await nameThem(
    transaction,
    { shape, joined: `select * from (${joined}) j where difference <> 'different'`, common },
    most,
  );
  return named;
}

async function columnsOf(transaction: Transaction, shape: Shape, side: Side): Promise<string[]> {
  const { rows } = await transaction.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
     order by attnum`,
    [tableOf(shape, side)],
  );
  return rows.map(({ name }) => name);
}

function joinOf(shape: Shape, side: Side, common: readonly string[]): string {
  const columns = common.map((column) => pg.escapeIdentifier(column));
  const keys = shape.keyColumns.map((column) => pg.escapeIdentifier(column));
  const row = (alias: string) => `row(${columns.map((column) => `${alias}.${column}`).join(', ')})`;
  const apart = shape.rowPer === 'aggregate' ? `when a.version <> b.version then 'apart'` : '';
  return `select ${keys.map((key) => `coalesce(a.${key}, b.${key}) as ${key}`).join(', ')},
      to_jsonb(a) - 'here' as live_row, to_jsonb(b) - 'here' as other_row,
      case when b.here is null then 'missing' when a.here is null then 'extra' ${apart}
        when ${row('a')} is distinct from ${row('b')} then 'different' else 'equal' end as difference
    from (select true as here, ${columns.join(', ')} from ${tableOf(shape, 'live')}) a
    full join (select true as here, ${columns.join(', ')} from ${tableOf(shape, side)}) b
      on ${keys.map((key) => `a.${key} = b.${key}`).join(' and ')}`;
}

async function nameThem(
  transaction: Transaction,
  { shape, joined, common }: { readonly shape: Shape; readonly joined: string; readonly common: readonly string[] },
  most: number,
): Promise<NamedDifference[]> {
  const keys = shape.keyColumns.map((column) => pg.escapeIdentifier(column)).join(', ');
  const { rows } = await transaction.query<{ difference: RowDifference; live: Row | null; other: Row | null }>(
    `select difference, live_row as live, other_row as other from (${joined}) as compared
     where difference <> 'equal' order by ${keys} limit ${most}`,
  );
  return rows.map(({ difference, live, other }) => {
    const present = live ?? other ?? {};
    const key = Object.fromEntries(shape.keyColumns.map((column) => [column, present[column]]));
    const columns = common.filter((column) => live && other && !isDeepStrictEqual(live[column], other[column]));
    return { difference, key, columns, live, other };
  });
}

async function aggregatesApart(transaction: Transaction, shape: Shape, side: Side): Promise<number> {
  const { rows } = await transaction.query<{ apart: number }>(
    `select count(*) as apart
     from (select * from consumer.aggregate_versions where consumer_group = $1) a
     full join (select * from consumer.aggregate_versions where consumer_group = $2) b
       using (tenant_id, aggregate_type, aggregate_id)
     where a.version is distinct from b.version`,
    [groupOf(shape, 'live'), groupOf(shape, side)],
  );
  return rows[0]?.apart ?? 0;
}
