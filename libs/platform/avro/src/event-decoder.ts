import { MillraceError } from '@millrace/core';
import type { Type } from 'avsc';

import { plainType } from './avro-type.ts';
import { unframe } from './frame.ts';

/** Where writers' schemas come from. */
export type SchemaSource = {
  /** @throws MillraceError `REGISTRY_UNAVAILABLE`, or `SCHEMA_NOT_REGISTERED` for an id that the registry does not know */
  schemaById(schemaId: number): Promise<object>;
};

/** Data of one record, in the version that its writer had. */
export type DecodedEvent = { readonly schemaId: number; readonly data: unknown };

/**
 * Decodes records with the schema that they were written with, and no other: bringing the data to the current version
 * is the upcasters' work, as for what comes from the store. Schemas never change, so each is fetched once for the life
 * of the process.
 */
export class EventDecoder {
  readonly #source: SchemaSource;
  readonly #types = new Map<number, Promise<Type>>();

  constructor(source: SchemaSource) {
    this.#source = source;
  }

  /** Fetches schemas ahead, so that a registry outage cannot stop the records that use them. */
  async warm(schemaIds: Iterable<number>): Promise<void> {
    await Promise.all([...schemaIds].map((schemaId) => this.#typeOf(schemaId)));
  }

  /**
   * @throws MillraceError `RECORD_MALFORMED`; `REGISTRY_UNAVAILABLE` (retriable) or `SCHEMA_NOT_REGISTERED` for a
   * schema id that was not seen before
   */
  async decode(value: Buffer | null): Promise<DecodedEvent> {
    const { schemaId, data } = unframe(value);
    const type = await this.#typeOf(schemaId);
    try {
      return { schemaId, data: type.fromBuffer(data) };
    } catch (cause) {
      throw malformed(schemaId, 'the value does not fit the schema of its id', cause);
    }
  }

  /** Concurrent callers share one fetch; a failed one is forgotten. */
  #typeOf(schemaId: number): Promise<Type> {
    let type = this.#types.get(schemaId);
    if (!type) {
      type = this.#compile(schemaId);
      this.#types.set(schemaId, type);
      type.catch(() => this.#types.delete(schemaId));
    }
    return type;
  }

  async #compile(schemaId: number): Promise<Type> {
    const schema = await this.#source.schemaById(schemaId);
    try {
      return plainType(schema);
    } catch (cause) {
      throw malformed(schemaId, 'the schema of the id cannot be read', cause);
    }
  }
}

function malformed(schemaId: number, message: string, cause: unknown): MillraceError {
  return new MillraceError('RECORD_MALFORMED', `${message} ${schemaId}`, { cause, facts: { schemaId } });
}
