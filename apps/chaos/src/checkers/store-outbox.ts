/** C2: every stored event against its outbox row. */
import type { EventEncoder } from '@millrace/avro';
import type { RecordedEvent } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import type { Finding, TenantEvents } from './findings.ts';
import { topicOfType } from './witness.ts';

/** An outbox row; `original` when it was written by the very transaction that wrote the event. */
type OutboxRow = {
  readonly event_id: string;
  readonly row_id: string | null;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly version: string;
  readonly payload: Buffer;
  readonly original: boolean;
};

// The row's xmin is the low half of the event's transaction id: the same transaction, or not one at all.
const ROWS = `select e.event_id, m.id as row_id, m.topic, m.key, m.type, m.ce_aggregateversion as version, m.payload,
    m.xmin::text::bigint = (e.transaction_id::text::numeric % 4294967296)::bigint as original
  from event_store.events e
  left join outbox.outbox_messages m on m.id = e.event_id and m.topic like '%.events.v%'
  where e.tenant_id = $1`;

/** Each event has one row of its own transaction, with its id, key, type, version and bytes. */
export async function checkOutbox(
  database: Database,
  encoder: EventEncoder,
  { tenantId, events }: TenantEvents<RecordedEvent>,
): Promise<Finding[]> {
  const { rows } = await database.query<OutboxRow>(ROWS, [tenantId]);
  const byEvent = Map.groupBy(rows, ({ event_id }) => event_id);
  return events.flatMap((event) => checkRows(event, byEvent.get(event.eventId) ?? [], encoder));
}

function checkRows(event: RecordedEvent, rows: readonly OutboxRow[], encoder: EventEncoder): Finding[] {
  const which = `${event.type}, version ${event.sequenceNumber} of ${event.aggregateType} ${event.aggregateId}`;
  const originals = rows.filter(({ original }) => original);
  if (originals.length === 0)
    return [{ check: 'C2', kind: 'lost', detail: `${which} has no outbox row of its own transaction` }];
  if (originals.length > 1)
    return [{ check: 'C2', kind: 'duplicated', detail: `${which} has ${originals.length} outbox rows` }];
  const payload = encoder.encode(event.type, event.data);
  const wrong = rows.filter(
    (row) =>
      row.topic !== topicOfType.get(event.type) ||
      row.key !== event.aggregateId ||
      row.type !== event.type ||
      row.version !== String(event.sequenceNumber) ||
      !row.payload.equals(payload),
  );
  return wrong.map(() => ({ check: 'C2', kind: 'different', detail: `${which} is not what its outbox row says` }));
}
