/** Appends that stay open: what a slow writer does to logical decoding. */
import { randomUUID } from 'node:crypto';

import type { EventEncoder } from '@millrace/avro';
import { storedEvents } from '@millrace/contracts/topology';
import { PostgresEventStore } from '@millrace/event-store';
import type { Database } from '@millrace/postgres';

/** How many aggregates get how many events each, in one transaction. */
export type LongAppend = {
  readonly tenantId: string;
  readonly prefix: string;
  readonly aggregates: number;
  readonly events: number;
};

/**
 * Appends jobs that were never asked for by a client, in one transaction.
 * @param until resolves when the transaction may commit
 */
export async function appendInOneTransaction(
  { database, encoder }: { readonly database: Database; readonly encoder: EventEncoder },
  { tenantId, prefix, aggregates, events }: LongAppend,
  until: Promise<void> = Promise.resolve(),
): Promise<void> {
  await database.transaction(async (transaction) => {
    const inside = { query: transaction.query.bind(transaction) } as unknown as Database;
    const store = new PostgresEventStore({
      database: inside,
      catalogue: storedEvents,
      encode: (type, data) => encoder.encode(type, data),
    });
    for (let index = 0; index < aggregates; index += 1) {
      const jobId = `${prefix}-${index}`;
      await store.append({
        stream: { tenantId, aggregateType: 'job', aggregateId: jobId },
        expectedVersion: 0,
        causation: causation(),
        events: Array.from({ length: events }, (_, version) => jobEvent(jobId, version)),
      });
    }
    await until;
  });
}

function causation() {
  const correlationId = randomUUID();
  const traceparent = `00-${correlationId.replaceAll('-', '')}-00f067aa0ba902b7-01`;
  return { correlationId, causationId: correlationId, userId: 'batch', sessionId: 'batch', traceparent };
}

function jobEvent(jobId: string, version: number) {
  const occurredAt = new Date().toISOString();
  const about = { eventId: randomUUID(), occurredAt, eventVersion: 1 };
  if (version === 0)
    return {
      ...about,
      type: 'JobCreated',
      data: { jobId, name: 'batch', command: 'run', image: 'image:1', metadata: {} },
    };
  return { ...about, type: 'JobMetadataUpdated', data: { jobId, metadata: { version: String(version) } } };
}
