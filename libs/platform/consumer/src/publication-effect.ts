import type { EventEncoder } from '@millrace/avro';
import type { DomainEvent, EventCatalogue, RecordedEvent } from '@millrace/core';
import { dataSchemaOf, insertOutboxRows, type OutboxRow, outboxRow } from '@millrace/outbox';
import type { Transaction } from '@millrace/postgres';

import type { BatchEffect, Effect } from './effect.ts';
import type { PublicMapping } from './public-mapping.ts';

/** What a publisher writes with. */
export type PublicationParts<E extends DomainEvent, P extends DomainEvent> = {
  readonly mapping: PublicMapping<E, P>;
  /** Catalogue of the public events. */
  readonly catalogue: EventCatalogue;
  readonly encoder: Pick<EventEncoder, 'encode'>;
};

/**
 * Public events as outbox rows in the transaction of the position, so that the one relay carries each exactly once. A
 * public event keeps the id of the event it stems from: outsiders can tell a duplicate by it.
 */
export function publicationEffect<E extends DomainEvent, P extends DomainEvent>(parts: PublicationParts<E, P>): Effect {
  return { begin: async (transaction) => new BatchPublication(parts, transaction) };
}

class BatchPublication<E extends DomainEvent, P extends DomainEvent> implements BatchEffect {
  readonly #parts: PublicationParts<E, P>;
  readonly #transaction: Transaction;
  readonly #rows: OutboxRow[] = [];

  constructor(parts: PublicationParts<E, P>, transaction: Transaction) {
    this.#parts = parts;
    this.#transaction = transaction;
  }

  async load(): Promise<void> {}

  versionOf(): undefined {
    return undefined;
  }

  apply(event: RecordedEvent): void {
    const { mapping, catalogue, encoder } = this.#parts;
    const published = publicEvent(mapping, event as RecordedEvent<E>);
    if (!published) return;
    const definition = catalogue.definition(published.type);
    const eventVersion = catalogue.currentVersion(published.type);
    const announced = { ...event, type: published.type, eventVersion, causationId: event.eventId };
    this.#rows.push(
      outboxRow(announced, {
        topic: definition.topic,
        source: `urn:millrace:${mapping.name}`,
        dataSchema: dataSchemaOf(definition, eventVersion),
        payload: encoder.encode(published.type, published.data),
      }),
    );
  }

  async write(): Promise<void> {
    await insertOutboxRows(this.#transaction, this.#rows);
  }
}

/** Public event that an event gives rise to; `undefined` where outsiders learn nothing. */
export function publicEvent<E extends DomainEvent, P extends DomainEvent>(
  { publish }: PublicMapping<E, P>,
  event: RecordedEvent<E>,
): P | undefined {
  const rule = publish[event.type as E['type']] as 'ignore' | ((event: RecordedEvent<E>) => P);
  return rule === 'ignore' ? undefined : rule(event);
}
