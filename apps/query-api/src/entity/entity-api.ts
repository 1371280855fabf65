import type { DomainEvent, EventCatalogue, Projection, Row } from '@millrace/core';
import type { Caller } from '@millrace/http';
import type { Queryable, Versioned } from '@millrace/queries';

/** A kind of aggregate as it is read over HTTP; `entityRoutes` and `registerEntityQueries` make everything from it. */
export type EntityApi<E extends DomainEvent = DomainEvent, R extends Row = Row> = {
  /** How it is called: `aggregateType`, `plural` and `idField` of its command routes. */
  readonly resource: { readonly aggregateType: string; readonly plural: string; readonly idField: string };
  readonly catalogue: EventCatalogue;
  /** What one of them looks like. Without it there is a history and nothing else. */
  readonly current?: CurrentView<E, R>;
  /** Where the readers of `plural`, each in the tenant of the token, are not the answer. */
  readonly access?: EntityAccess;
};

/** Where an aggregate's state is read, and how it is shown. */
export type CurrentView<E extends DomainEvent = DomainEvent, R extends Row = Row> = {
  /** A row whose `version` is 0 shows what is not there yet: it is hidden. */
  readonly projection: Projection<E, R>;
  /** The row as clients see it. */
  view(row: Versioned<R>): object;
  /** A row of the past, where it says less: it is made of the aggregate's own events, a row now perhaps of more. */
  pastView?(row: Versioned<R>): object;
  /** Members that come from elsewhere. The row does not tell when they change, so such an answer is never kept. */
  lookUp?(database: Queryable, row: Versioned<R>): Promise<object>;
};

/** Who may read what, where the tenant of the token does not say it all. */
export type EntityAccess = {
  /** Roles that may read, beside the usual. */
  readonly roles: readonly string[];
  /** Tenant in which the caller may see this id; undefined: for this caller it does not exist. */
  tenantOf(caller: Caller, id: string): string | undefined;
};

/** Checks that view and projection speak of the same row, and forgets which: for lists of all kinds. */
export function entity<E extends DomainEvent, R extends Row>(api: EntityApi<E, R>): EntityApi {
  return api as unknown as EntityApi;
}

/** Names of its queries on the bus, in the cache metrics and in cursors. */
export function queryNames({ resource: { aggregateType } }: EntityApi) {
  const name = aggregateType.charAt(0).toUpperCase() + aggregateType.slice(1);
  return {
    now: `Get${name}`,
    atVersion: `Get${name}AtVersion`,
    atTime: `Get${name}AtTime`,
    history: `List${name}History`,
  };
}
