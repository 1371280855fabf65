import type { ListPosition, Queryable } from '@millrace/queries';

import type { EventLogRow } from '../event-log.ts';

/** Which events of a tenant; what is absent does not matter. */
export type EventSearch = {
  readonly tenantId: string;
  readonly correlationId?: string | undefined;
  readonly type?: string | undefined;
  readonly aggregateType?: string | undefined;
  readonly aggregateId?: string | undefined;
  /** First instant. */
  readonly from?: string | undefined;
  /** Instant before which they occurred. */
  readonly to?: string | undefined;
  /** What the payload must hold, as JSON text: each member given, at the same place, arrays in any order. */
  readonly contains?: string | undefined;
  /** Events behind this one, in the order of the answer. Its id is an event id. */
  readonly after?: ListPosition | undefined;
  readonly limit: number;
};

/** An event as it is listed: with the version of its aggregate, and its time under the name that every list has. */
export type ListedEvent = EventLogRow & { readonly version: number; readonly created_at: string };

/**
 * Events of a tenant, newest first; those of one process (a correlation id) oldest first, as it went.
 *
 * Not a prepared statement: which index serves best depends on the values, so it is planned for them each time. What
 * `contains` is found by the payload's index where few events hold it, and by their time where many do.
 */
export async function searchEvents(database: Queryable, search: EventSearch): Promise<ListedEvent[]> {
  const [order, beyond] = search.correlationId === undefined ? ['desc', '<'] : ['asc', '>'];
  const values: unknown[] = [];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [
    `tenant_id = ${given(search.tenantId)}`,
    ...Object.entries({
      correlation_id: search.correlationId,
      event_type: search.type,
      aggregate_type: search.aggregateType,
      aggregate_id: search.aggregateId,
    }).flatMap(([column, value]) => (value === undefined ? [] : `${column} = ${given(value)}`)),
    ...(search.from === undefined ? [] : [`occurred_at >= ${given(search.from)}::timestamptz`]),
    ...(search.to === undefined ? [] : [`occurred_at < ${given(search.to)}::timestamptz`]),
    ...(search.contains === undefined ? [] : [`payload @> ${given(search.contains)}::jsonb`]),
    ...(search.after === undefined
      ? []
      : [
          `(occurred_at, event_id) ${beyond} (${given(search.after.createdAt)}::timestamptz, ${given(search.after.id)}::uuid)`,
        ]),
  ];
  const { rows } = await database.query<ListedEvent>(
    `select *, sequence_number as version, occurred_at as created_at from read_model.event_log
      where ${conditions.join(' and ')} order by occurred_at ${order}, event_id ${order} limit ${given(search.limit)}`,
    values,
  );
  return rows;
}
