import type { Database } from '@millrace/postgres';

/** An event of the store. */
export type EventRef = {
  readonly tenantId: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly sequenceNumber: number;
};

/** Who sends again what is missing, with the original ids and bytes. */
export type Republisher = {
  /** From the event store. */
  events(refs: readonly EventRef[]): Promise<unknown>;
  /** From the rows that the outbox keeps. */
  outboxRows(ids: readonly string[], topic: string): Promise<unknown>;
};

/** Up to so many open holes are filled at once; more are left to `npx millrace outbox heal`. */
export const MOST_HOLES = 10_000;
// A hole that is still one after so long was sent again in vain.
const AGAIN_AFTER_SECONDS = 300;
const PER_ROUND = 1_000;

/** What a round of healing did. */
export type HealReport = { readonly open: number; readonly reemitted: number };

type OpenHole = EventRef & { readonly eventId: string; readonly topic: string };

/**
 * Sends again what the open holes lack, unless they are too many for something that happened by itself: then a person
 * looks first. Consumers drop what they had, so once too often is no harm.
 * @param storeTopics topics whose events are in the store
 */
export async function reemitHoles(
  database: Database,
  republisher: Republisher,
  storeTopics: ReadonlySet<string>,
): Promise<HealReport> {
  const { rows } = await database.query<{ open: number }>(
    `select count(*) as open from audit.findings where kind = 'hole' and resolved_at is null`,
  );
  const open = rows[0]?.open ?? 0;
  if (open === 0 || open > MOST_HOLES) return { open, reemitted: 0 };
  const holes = await holesToFill(database);
  const stored = holes.filter(({ topic }) => storeTopics.has(topic));
  if (stored.length > 0) await republisher.events(stored.map(refOf));
  for (const [topic, lost] of Map.groupBy(holes, (hole) => hole.topic)) {
    if (storeTopics.has(topic)) continue;
    await republisher.outboxRows(
      lost.map(({ eventId }) => eventId),
      topic,
    );
  }
  return { open, reemitted: holes.length };
}

async function holesToFill(database: Database): Promise<OpenHole[]> {
  const { rows } = await database.query<OpenHole>(
    `select topic, tenant_id as "tenantId", aggregate_type as "aggregateType", aggregate_id as "aggregateId",
       sequence_number as "sequenceNumber", event_id as "eventId"
     from audit.findings f where kind = 'hole' and resolved_at is null and event_id is not null and not exists (
       select from audit.reemissions r where r.event_id = f.event_id and r.topic = f.topic
         and r.at > clock_timestamp() - make_interval(secs => $1))
       -- What was taken out of the stream stays out until a person puts it back.
       and not exists (select from outbox.quarantine q where q.id = f.event_id)
     order by found_at, aggregate_id, sequence_number limit $2`,
    [AGAIN_AFTER_SECONDS, PER_ROUND],
  );
  return rows;
}

function refOf({ tenantId, aggregateType, aggregateId, sequenceNumber }: OpenHole): EventRef {
  return { tenantId, aggregateType, aggregateId, sequenceNumber };
}
