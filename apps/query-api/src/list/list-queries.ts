import { type ListPosition, NEWEST, projectionProgress } from '@millrace/queries';

import { type CursorScope, decodeCursor, encodeCursor } from '../cursor.ts';
import { isInstant } from '../instant.ts';
import type { Answer, QueryBus } from '../query-bus.ts';
import type { ReadSide } from '../read-side.ts';
import type { ListApi, ListedRow } from './list-api.ts';

/** Which page of which rows? */
export type ListPage = {
  readonly tenantId: string;
  /** What `filter` of the list made of the parameters. */
  readonly filter: object;
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Whether to count the rows of all pages. */
  readonly total: boolean;
};

/** Makes the bus answer a list. */
export function registerListQuery(bus: QueryBus, readSide: ReadSide, api: ListApi): void {
  bus.register<ListPage>(api.name, (query) => listed(readSide, api, query));
}

/** One page. It is good as long as its projection has not moved, which is asked before anything else. */
async function listed({ database, cache }: ReadSide, api: ListApi, query: ListPage): Promise<Answer> {
  const { tenantId, filter, limit, cursor } = query;
  const scope = [api.name, tenantId, filter] as const;
  const { after, counted } = cursor === undefined ? {} : placeIn(scope, cursor);
  const { stamp, position } = await projectionProgress(database, api.projection);
  const answer = await cache.answer({
    key: [...scope, limit, cursor, query.total],
    currentStamp: async () => stamp,
    load: async () => {
      // One more than asked for tells whether there is a next page.
      const rows = await api.read(database, { ...filter, tenantId, after, limit: limit + 1 });
      const items = rows.slice(0, limit);
      const last = rows.length > limit ? items.at(-1) : undefined;
      // Counted once, from the first row on, and carried by the cursors: so the pages of one walk agree on the total, and
      // hold as many rows, whatever is created meanwhile.
      const first = after || !rows[0] ? NEWEST : positionOf(api, rows[0]);
      const total = counted ?? (query.total ? await api.count?.(database, { ...filter, tenantId, first }) : undefined);
      const body = {
        items: items.map((row) => api.view(row)),
        next: last && cursorAfter(scope, positionOf(api, last), total),
        total: query.total ? total : undefined,
      };
      return { stamp, answer: { body: JSON.stringify(body) } };
    },
  });
  return { body: '{"items":[]}', ...answer, position };
}

function positionOf({ projection }: ListApi, row: ListedRow): ListPosition {
  const column = projection.keyColumns.at(-1) ?? '';
  return { createdAt: row.created_at, id: String(row[column]) };
}

function cursorAfter(scope: CursorScope, { createdAt, id }: ListPosition, counted: number | undefined): string {
  return encodeCursor(scope, counted === undefined ? [createdAt, id] : [createdAt, id, counted]);
}

function placeIn(scope: CursorScope, cursor: string): { readonly after?: ListPosition; readonly counted?: number } {
  const [createdAt, id, counted] = decodeCursor(scope, cursor, isPlace);
  return { after: { createdAt, id }, ...(counted !== undefined && { counted }) };
}

type Place = [createdAt: string, id: string] | [createdAt: string, id: string, counted: number];

function isPlace(parts: unknown[]): parts is Place {
  const [createdAt, id, counted = 0] = parts;
  const isPosition = isInstant(createdAt) && typeof id === 'string' && !id.includes('\0');
  return isPosition && parts.length <= 3 && Number.isSafeInteger(counted);
}
