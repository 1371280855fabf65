import { type EventCatalogue, isMillraceError, type RecordedEvent } from '@millrace/core';
import type { LogRecord } from '@millrace/kafka';

import { type Envelope, partialEnvelope, readEnvelope } from './envelope.ts';

/** Decodes the value of a record into the data that its writer wrote. */
export type RecordDecoder = {
  /** @throws MillraceError retriable where trying again can help, otherwise the value cannot be read */
  decode(value: Buffer | null): Promise<{ readonly data: unknown }>;
};

/** A record as a consumer sees it. */
export type Reading = { readonly record: LogRecord; readonly envelope: Envelope } & (
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  /** A type that this process does not know: skipped and counted, its version still counts. */
  | { readonly kind: 'unknown'; readonly event: RecordedEvent }
  /** Can never be read, however often it is tried. */
  | { readonly kind: 'poison'; readonly error: unknown }
);

/** Turns records into events of the current version. */
export class RecordReader {
  readonly #decoder: RecordDecoder;
  readonly #catalogue: EventCatalogue;

  constructor(decoder: RecordDecoder, catalogue: EventCatalogue) {
    this.#decoder = decoder;
    this.#catalogue = catalogue;
  }

  /** @throws MillraceError retriable, for example `REGISTRY_UNAVAILABLE`: then the record is to be read again */
  async read(record: LogRecord): Promise<Reading> {
    try {
      const envelope = this.#envelopeOf(record);
      if (!this.#catalogue.has(envelope.type)) {
        return { kind: 'unknown', record, envelope, event: { ...envelope, data: undefined, metadata: {} } };
      }
      const { data } = await this.#decoder.decode(record.value);
      return this.#current(record, envelope, data);
    } catch (error) {
      if (!isMillraceError(error) || error.retriable) throw error;
      return { kind: 'poison', record, envelope: partialEnvelope(record), error };
    }
  }

  /** An upcaster is pure, so whatever it throws is about this event. */
  #current(record: LogRecord, envelope: Envelope, written: unknown): Reading {
    try {
      const data = this.#catalogue.upcast(envelope.type, envelope.eventVersion, written);
      return { kind: 'event', record, envelope, event: { ...envelope, data, metadata: {} } };
    } catch (error) {
      return { kind: 'poison', record, envelope, error };
    }
  }

  /** A record that came here from an older store may bear the name that its type has there. */
  #envelopeOf(record: LogRecord): Envelope {
    const envelope = readEnvelope(record);
    const type = this.#catalogue.canonicalType(envelope.type);
    return type === envelope.type ? envelope : { ...envelope, type };
  }
}
