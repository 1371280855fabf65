import type { Queryable } from '@millrace/queries';

/** How often one type of event happened on a day (UTC). */
export type ActivityRow = { readonly day: string; readonly type: string; readonly count: number };

/** What happened, counted, and how old the counts are. */
export type ActivityReport = {
  readonly items: readonly ActivityRow[];
  /** The counts hold what the log held then. */
  readonly asOf: string;
  readonly ageSeconds: number;
};

/** The last `days` days of a tenant, newest first. The age is read first: the counts are no older than it says. */
export async function activityOf(
  database: Queryable,
  { tenantId, days }: { readonly tenantId: string; readonly days: number },
): Promise<ActivityReport> {
  const age = await activityAge(database);
  const { rows: items } = await database.query<ActivityRow>({
    name: 'activity',
    text: `select day, event_type as type, events as count from read_model.activity
            where tenant_id = $1 and day > (clock_timestamp() at time zone 'UTC')::date - $2::integer
            order by day desc, event_type`,
    values: [tenantId, days],
  });
  return { items, ...age };
}

/** When the counts were made, and how long ago that is. */
export async function activityAge(database: Queryable): Promise<Omit<ActivityReport, 'items'>> {
  const { rows } = await database.query<Omit<ActivityReport, 'items'>>({
    name: 'age of activity',
    text: `select refreshed_at as "asOf", extract(epoch from clock_timestamp() - refreshed_at)::float8 as "ageSeconds"
             from read_model.view_refreshes where view_name = 'activity'`,
  });
  const [age] = rows;
  if (!age) throw new Error('the migration makes a row for every materialised view');
  return age;
}
