import type { Row } from '@millrace/core';
import type { KeyedProjection, ListPosition, QueriedProjection, Queryable, Versioned } from '@millrace/queries';
import type { Static, TObject, TProperties } from 'typebox';

/** Which rows of which tenant. */
export type Selection<F extends object = object> = F & { readonly tenantId: string };

/** One page of them. */
export type PageOf<F extends object = object> = Selection<F> & {
  /** Rows after this one; from the newest without. */
  readonly after?: ListPosition | undefined;
  readonly limit: number;
};

/** Rows of a list, newest first. */
export type ListedRow = Row & { readonly created_at: string };

/** A list as it is read over HTTP; `listRoutes` and `registerListQuery` make everything from it. */
export type ListApi<P extends TProperties = TProperties, F extends object = object, R extends ListedRow = ListedRow> = {
  /** Name of the query on the bus, in the cache metrics and in cursors. */
  readonly name: string;
  readonly path: string;
  /** Whose readers may ask: `orders` for role `orders.reader`. */
  readonly plural: string;
  /** Who may ask instead of the readers of `plural`. */
  readonly roles?: readonly string[];
  /** Parameters beside `limit` and `cursor`: those that `path` names, and those of the query string. */
  readonly parameters: P;
  /** Keeps the rows. Its last key column, with `created_at`, is the place of a row in the list. */
  readonly projection: KeyedProjection & QueriedProjection;
  /** What the parameters mean. @throws HttpProblem 400 where they contradict each other */
  filter(asked: Static<TObject<P>>): F;
  /** The rows after `after`, newest first. */
  read(database: Queryable, page: PageOf<F>): Promise<Versioned<R>[]>;
  /** A row as clients see it. */
  view(row: Versioned<R>): object;
  /** How many there are from `first` on; with it, the list takes `total=true`. */
  count?(database: Queryable, selection: Selection<F> & { readonly first: ListPosition }): Promise<number>;
};

/** Checks that the parts speak of the same parameters and rows, and forgets which: for lists of all kinds. */
export function list<P extends TProperties, F extends object, R extends ListedRow>(api: ListApi<P, F, R>): ListApi {
  return api as unknown as ListApi;
}
