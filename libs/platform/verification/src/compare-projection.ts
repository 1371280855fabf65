import { isDeepStrictEqual } from 'node:util';

import { type DomainEvent, foldEvent, type Projection, type RecordedEvent, type Row } from '@millrace/core';

/** Read model against a replay of the store. Lists hold keys as JSON; all must be empty. */
export type ProjectionComparison = {
  /** Rows that a replay gives. */
  readonly expected: number;
  readonly missing: readonly string[];
  /** Rows that no event accounts for. */
  readonly extra: readonly string[];
  readonly drifted: readonly { readonly key: string; readonly expected: Row; readonly actual: Row }[];
};

/** Folds events, in the order of their aggregates, into the rows that a projection should have; by key as JSON. */
export function replay<E extends DomainEvent, R extends Row>(
  projection: Projection<E, R>,
  events: readonly RecordedEvent<E>[],
): Map<string, R> {
  const rows = new Map<string, R>();
  for (const event of events) {
    const key = keyText(projection, projection.key(event));
    const row = foldEvent(projection, rows.get(key), event);
    if (row) rows.set(key, row);
    else rows.delete(key);
  }
  return rows;
}

/** Compares the rows of a table with those of a replay. Times are compared as instants, whatever their notation. */
export function compareProjection<E extends DomainEvent, R extends Row>(
  projection: Projection<E, R>,
  expectedRows: ReadonlyMap<string, R>,
  actualRows: readonly Row[],
): ProjectionComparison {
  const actual = new Map(actualRows.map((row) => [keyText(projection, row), row]));
  const drifted = [...expectedRows].flatMap(([key, expected]) => {
    const found = actual.get(key);
    return found && !rowsAgree(found, expected) ? [{ key, expected, actual: found }] : [];
  });
  return {
    expected: expectedRows.size,
    missing: [...expectedRows.keys()].filter((key) => !actual.has(key)),
    extra: [...actual.keys()].filter((key) => !expectedRows.has(key)),
    drifted,
  };
}

/** Whether two rows say the same. Times are compared as instants; a column that is left out is null. */
export function rowsAgree(left: Row, right: Row): boolean {
  return isDeepStrictEqual(normalized(left), normalized(right));
}

function keyText(projection: { keyColumns: readonly string[] }, row: Row): string {
  return JSON.stringify(projection.keyColumns.map((column) => row[column]));
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

// A column that the fold leaves out is null in the table.
function normalized(row: Row): Row {
  const entries = Object.entries(row)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(
      ([column, value]) => [column, typeof value === 'string' && INSTANT.test(value) ? instant(value) : value] as const,
    );
  return JSON.parse(
    JSON.stringify(Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)))),
  ) as Row;
}

// To the microsecond, which Date does not keep.
function instant(text: string): string {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return `${Math.floor(Date.parse(text) / 1000)}.${fraction.padEnd(6, '0').slice(0, 6)}`;
}
