import type { Projection } from '@millrace/core';

import type { Queryable } from './queryable.ts';
import type { Stream } from './stream-history.ts';

/** What queries need to know of a projection to tell how far it is. */
export type QueriedProjection = Pick<Projection, 'name' | 'table'>;

/** How far a projection is. */
export type Progress = {
  /** Records that it has taken from its topics: it grows while the projection moves. */
  readonly position: number;
  /** Differs whenever the projection may have changed any row: a page that was read under a stamp is good as long as it stays. */
  readonly stamp: string;
};

/**
 * How far a projection is. Read it before the rows that it shall stand for: then they are at least as new.
 *
 * The stamp is made of all that a change of rows goes along with: a batch rewrites its position row (`xmin`), a retry of
 * parked events removes them, a rebuild swaps the table.
 */
export async function projectionProgress(database: Queryable, { name, table }: QueriedProjection): Promise<Progress> {
  const { rows } = await database.query<{ position: number; stamp: string }>({
    name: 'projection progress',
    text: `select coalesce(sum(next_offset), 0)::bigint as position,
                  concat_ws('/', $2::regclass::oid, string_agg(xmin::text, '.' order by topic, partition),
                    (select count(*) from consumer.parked_events where consumer_group = $1)) as stamp
             from consumer.positions where consumer_group = $1`,
    values: [name, `read_model.${table}`],
  });
  const [progress] = rows;
  if (!progress) throw new Error('an aggregate without group by has one row');
  return progress;
}

/** Why events of one aggregate do not reach a projection: the oldest one that is parked, if any. */
export async function parkedEvent(
  database: Queryable,
  { name }: Pick<Projection, 'name'>,
  { tenantId, aggregateType, id }: Omit<Stream, 'catalogue'>,
): Promise<{ readonly version: number; readonly errorCode: string } | undefined> {
  const { rows } = await database.query<{ version: number; errorCode: string }>({
    name: 'parked event',
    text: `select sequence_number as version, error_code as "errorCode" from consumer.parked_events
            where consumer_group = $1 and tenant_id = $2 and aggregate_type = $3 and aggregate_id = $4
            order by sequence_number limit 1`,
    values: [name, tenantId, aggregateType, id],
  });
  return rows[0];
}
