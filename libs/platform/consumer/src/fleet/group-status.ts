import type { Database } from '@millrace/postgres';

import type { StoredPosition } from '../position.ts';

/** What is stored about a consumer group. */
export type GroupStatus = {
  readonly group: string;
  readonly paused: boolean;
  /** Version of the definition that made its table. */
  readonly projectionVersion: number;
  /** When the newest event occurred that it has applied. */
  readonly lastEventTime: string | null;
  readonly parkedEvents: number;
  readonly positions: readonly StoredPosition[];
};

/** What is stored about groups, in their order; a group that has never run has no positions. Errors as `Database.query`. */
export async function loadGroupStatus(database: Database, groups: readonly string[]): Promise<GroupStatus[]> {
  const { rows } = await database.query<GroupStatus>(
    `select name as "group", coalesce(g.paused, false) as paused, coalesce(g.projection_version, 1) as "projectionVersion",
       (select max(last_event_time) from consumer.positions where consumer_group = name) as "lastEventTime",
       (select count(*) from consumer.parked_events where consumer_group = name) as "parkedEvents",
       coalesce((
         select jsonb_agg(jsonb_build_object('topic', topic, 'partition', partition, 'nextOffset', next_offset,
           'lastEventTime', last_event_time) order by topic, partition)
         from consumer.positions where consumer_group = name), '[]') as positions
     from unnest($1::text[]) with ordinality as wanted (name, place)
     left join consumer.groups g on g.consumer_group = name order by place`,
    [groups],
  );
  return rows;
}
