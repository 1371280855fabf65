import { EventEncoder, subjectOf } from '@millrace/avro';
import { readPage, type StorePlace } from '@millrace/consumer';
import { type EventCatalogue, isMillraceError } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import { recordedEvent, type StoredEventRow } from '@millrace/stored-events';

/** A stored event that this checkout cannot bring to the current version of its type. */
export type UpcastFailure = {
  readonly tenantId: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly sequenceNumber: number;
  readonly type: string;
  readonly eventVersion: number;
  readonly code: string;
  readonly detail: string;
};

/** What reading the whole store came to. */
export type UpcastReport = {
  readonly events: number;
  /** Those that are stored in an older version, by type and version. */
  readonly upcast: Readonly<Record<string, number>>;
  readonly failed: number;
  /** The first of them. */
  readonly failures: readonly UpcastFailure[];
};

const PAGE_EVENTS = 5_000;
const MOST_KEPT = 1_000;

/** Brings every event of the store to its current version and checks it against that schema; writes nothing. */
export async function upcastStore(database: Database, catalogue: EventCatalogue): Promise<UpcastReport> {
  const encoder = checkingEncoder(catalogue);
  const upcast: Record<string, number> = {};
  const failures: UpcastFailure[] = [];
  let [events, failed] = [0, 0];
  const { rows: types } = await database.query<{ name: string }>(
    'select distinct aggregate_type as name from event_store.events order by 1',
  );
  const aggregateTypes = types.map(({ name }) => name);
  let after: StorePlace | undefined;
  for (;;) {
    const page = await readPage(database, { aggregateTypes, after, limit: PAGE_EVENTS });
    const found = page.flatMap((row) => problemOf(row, catalogue, encoder) ?? []);
    failed += found.length;
    failures.push(...found.slice(0, MOST_KEPT - failures.length));
    for (const row of page.filter((one) => isOld(one, catalogue))) {
      const key = `${row.event_type} v${row.event_version}`;
      upcast[key] = (upcast[key] ?? 0) + 1;
    }
    events += page.length;
    const last = page.at(-1);
    if (!last || page.length < PAGE_EVENTS) return { events, upcast, failed, failures };
    after = placeOf(last);
  }
}

function isOld({ event_type: type, event_version: version }: StoredEventRow, catalogue: EventCatalogue): boolean {
  return catalogue.has(type) && version < catalogue.currentVersion(type);
}

/** The ids go nowhere: what is encoded is thrown away. */
function checkingEncoder(catalogue: EventCatalogue): EventEncoder {
  const ids = catalogue.definitions.map(({ type, topic, schemas }) => {
    const eventVersion = catalogue.currentVersion(type);
    return { subject: subjectOf(topic, schemas[eventVersion] ?? {}), eventVersion, schemaId: 1 };
  });
  return new EventEncoder([catalogue], ids);
}

function problemOf(row: StoredEventRow, catalogue: EventCatalogue, encoder: EventEncoder): UpcastFailure | undefined {
  try {
    const { type, data } = recordedEvent(row, catalogue);
    encoder.encode(type, data);
    return undefined;
  } catch (error) {
    const code = isMillraceError(error) ? error.code : 'UPCASTER_FAILED';
    const detail = error instanceof Error ? error.message : String(error);
    return { ...placeOf(row), type: row.event_type, eventVersion: row.event_version, code, detail };
  }
}

function placeOf(row: StoredEventRow): StorePlace {
  return {
    tenantId: row.tenant_id,
    aggregateType: row.aggregate_type,
    aggregateId: row.aggregate_id,
    sequenceNumber: row.sequence_number,
  };
}
