/** The store of a small system for specs: what appends events of counters, announces them, and sends them again. */
import type { RecordedEvent } from '@millrace/core';
import { insertOutboxRows, outboxRow } from '@millrace/outbox';
import type { Database, Transaction } from '@millrace/postgres';

import { addedEvent, TYPE } from './audited-counters.fixture.ts';
import type { EventRef, Republisher } from './index.ts';

/** Events of counters, in a database and its outbox. */
export class AuditedStore {
  /** Ids of events that the republisher was given. */
  readonly reemitted: string[] = [];
  readonly #database: Database;
  readonly #topic: string;

  constructor(database: Database, topic: string) {
    this.#database = database;
    this.#topic = topic;
  }

  /** Events n+1 … of a counter; `silent` ones never get an outbox row. */
  async append(
    aggregateId: string,
    count: number,
    { tenantId = 'acme', silent = false } = {},
  ): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (let index = 0; index < count; index += 1) {
      await this.#database.transaction(async (transaction) => {
        const sequenceNumber = (await headOf(transaction, tenantId, aggregateId)) + 1;
        const event = addedEvent({ tenantId, aggregateId, sequenceNumber });
        await storeEvent(transaction, event);
        if (!silent) await this.announce(transaction, event);
        events.push(event);
      });
    }
    return events;
  }

  /** @param topic default: that of the events */
  async announce(transaction: Transaction, event: RecordedEvent, topic = this.#topic): Promise<void> {
    const payload = Buffer.from(JSON.stringify(event.data));
    await insertOutboxRows(transaction, [
      outboxRow(event, { topic, source: 'urn:spec', dataSchema: 'urn:spec', payload }),
    ]);
  }

  readonly republisher: Republisher = {
    events: async (refs) => {
      for (const ref of refs) await this.#republish(ref);
    },
    outboxRows: async (ids) => void this.reemitted.push(...ids),
  };

  async #republish(ref: EventRef): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const { rows } = await transaction.query<{ id: string; payload: { by: number } }>(
        `select event_id as id, payload from event_store.events where tenant_id = $1 and aggregate_id = $2 and sequence_number = $3`,
        [ref.tenantId, ref.aggregateId, ref.sequenceNumber],
      );
      for (const { id, payload } of rows) {
        this.reemitted.push(id);
        await this.announce(transaction, { ...addedEvent(ref), eventId: id, data: payload });
        await transaction.query('insert into audit.reemissions (event_id, topic) values ($1, $2)', [id, this.#topic]);
      }
    });
  }
}

async function headOf(transaction: Transaction, tenantId: string, aggregateId: string): Promise<number> {
  const { rows } = await transaction.query<{ head: number }>(
    `select coalesce(max(sequence_number), 0) as head from event_store.events where tenant_id = $1 and aggregate_id = $2`,
    [tenantId, aggregateId],
  );
  return rows[0]?.head ?? 0;
}

/** Writes an event into the store, and nothing into the outbox. */
export async function storeEvent(transaction: Transaction, event: RecordedEvent): Promise<void> {
  await transaction.query(
    `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type,
       event_version, payload, correlation_id, traceparent, occurred_at) values ($1, $2, $3, $4, $5, $6, 1, $7, 'c', $8, $9)`,
    [
      ...[event.tenantId, TYPE, event.aggregateId, event.sequenceNumber, event.eventId],
      ...[event.type, event.data, event.traceparent, event.occurredAt],
    ],
  );
}
