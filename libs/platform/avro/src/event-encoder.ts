import { type EventCatalogue, type EventDefinition, MillraceError } from '@millrace/core';
import avsc from 'avsc';

import type { AvroRecord } from './avro-schema.ts';
import { plainType, writerSchema } from './avro-type.ts';
import { FRAME_HEADER_BYTES, writeFrameHeader } from './frame.ts';
import { mapOrder } from './map-order.ts';
import { subjectOf } from './subject.ts';

/** Id that the registry gave to one version of an event: a row of `outbox.schema_ids`. */
export type RegisteredSchema = { readonly subject: string; readonly eventVersion: number; readonly schemaId: number };

/** First size in bytes, frame included, that the outbox refuses (`octet_length(payload) < 900000`). */
export const PAYLOAD_LIMIT_BYTES = 900_000;

type Writer = {
  readonly schemaId: number;
  readonly type: avsc.Type;
  /** The data with its maps in order. */
  readonly ordered: (data: unknown) => unknown;
};

/**
 * Encodes events as the bytes of their Kafka records. Needs no registry: the ids come from the database. Equal data has
 * equal bytes, today and when it is read back from the store.
 */
export class EventEncoder {
  readonly #catalogues: readonly EventCatalogue[];
  readonly #schemaIds: ReadonlyMap<string, number>;
  /** Current versions by type; every one is there from the start. */
  readonly #writers = new Map<string, Writer>();
  /** Older versions by type and version, made when a stored event asks for them. */
  readonly #oldWriters = new Map<string, Writer>();
  /** Every event is written here and copied once, to its exact size. */
  readonly #scratch = Buffer.allocUnsafe(PAYLOAD_LIMIT_BYTES - 1);

  /**
   * @throws MillraceError `SCHEMA_NOT_REGISTERED` when the current version of an event has no id: at start, before the
   * first command
   */
  constructor(catalogues: readonly EventCatalogue[], registered: readonly RegisteredSchema[]) {
    this.#catalogues = catalogues;
    this.#schemaIds = new Map(
      registered.map(({ subject, eventVersion, schemaId }) => [`${subject} ${eventVersion}`, schemaId]),
    );
    const missing: string[] = [];
    for (const catalogue of catalogues) {
      for (const definition of catalogue.definitions) {
        const version = catalogue.currentVersion(definition.type);
        const writer = this.#writerOf(definition, version);
        if (writer) this.#writers.set(definition.type, writer);
        else missing.push(`${subjectOf(definition.topic, definition.schemas[version] ?? {})} version ${version}`);
      }
    }
    if (missing.length > 0) throw notRegistered(missing);
  }

  /**
   * The framed Avro bytes of an event in its current version. `data` must hold every field and no other.
   * @throws MillraceError `UNKNOWN_EVENT_TYPE`, `PAYLOAD_INVALID` with the paths of the bad fields in `facts.paths`,
   * `PAYLOAD_TOO_LARGE`
   */
  encode(type: string, data: unknown): Buffer {
    const writer = this.#writers.get(type);
    if (!writer) throw unknownType(type);
    return this.#write(type, writer, data);
  }

  /**
   * The bytes that a stored event had when it was new: its data in the version and under the name in which it is
   * stored, an alias included.
   * @throws MillraceError as `encode`; `UNKNOWN_EVENT_TYPE` also for an unknown version; `SCHEMA_NOT_REGISTERED` when
   * the version has no id
   */
  encodeStored(storedType: string, version: number, data: unknown): Buffer {
    const definition = this.definition(storedType);
    const key = `${definition.type} ${version}`;
    const writer = this.#oldWriters.get(key) ?? this.#writerOf(definition, version);
    if (!writer) throw notRegistered([`${definition.type} version ${version}`]);
    this.#oldWriters.set(key, writer);
    return this.#write(storedType, writer, data);
  }

  /** Definition of a type, or of what the name is an alias of. @throws MillraceError `UNKNOWN_EVENT_TYPE` */
  definition(type: string): EventDefinition {
    const catalogue = this.#catalogues.find((some) => some.has(type));
    if (!catalogue) throw unknownType(type);
    return catalogue.definition(type);
  }

  /** `undefined` when the version has no id. */
  #writerOf({ type, topic, schemas }: EventDefinition, version: number): Writer | undefined {
    const schema = schemas[version] as AvroRecord | undefined;
    if (!schema) throw unknownType(type, version);
    const schemaId = this.#schemaIds.get(`${subjectOf(topic, schema)} ${version}`);
    if (schemaId === undefined) return undefined;
    const avroType = plainType(writerSchema(schema));
    return { schemaId, type: avroType, ordered: mapOrder(avroType) };
  }

  #write(type: string, writer: Writer, data: unknown): Buffer {
    if (!writer.type.isValid(data, { noUndeclaredFields: true })) throw invalid(type, badPaths(writer.type, data));

    writeFrameHeader(this.#scratch, writer.schemaId);
    const end = writer.type.encode(writer.ordered(data), this.#scratch, FRAME_HEADER_BYTES);
    // A negative end says by how much the scratch buffer was too short.
    if (end < 0) throw tooLarge(type, this.#scratch.length - end);
    return Buffer.from(this.#scratch.subarray(0, end));
  }
}

function unknownType(type: string, version?: number): MillraceError {
  const what = version === undefined ? 'is not in the catalogue' : `has no version ${version} in the catalogue`;
  return new MillraceError('UNKNOWN_EVENT_TYPE', `event type ${type} ${what}`, {
    facts: { type, ...(version !== undefined && { version }) },
  });
}

function notRegistered(missing: readonly string[]): MillraceError {
  const message = `${missing.length} schema(s) have no id, run \`npx millrace deploy\`: ${missing.join(', ')}`;
  return new MillraceError('SCHEMA_NOT_REGISTERED', message, { facts: { missing } });
}

function badPaths(type: avsc.Type, data: unknown): string[] {
  const paths: string[] = [];
  const errorHook = (path: string[], value: unknown, expected: avsc.Type) => {
    const undeclared = undeclaredFields(value, expected);
    const bad = undeclared.length > 0 ? undeclared.map((field) => [...path, field]) : [path];
    paths.push(...bad.map((names) => names.join('.')));
  };
  type.isValid(data, { noUndeclaredFields: true, errorHook });
  return paths;
}

function undeclaredFields(value: unknown, expected: avsc.Type): string[] {
  if (!(expected instanceof avsc.types.RecordType) || typeof value !== 'object' || value === null) return [];
  const declared = new Set(expected.fields.map(({ name }) => name));
  return Object.keys(value).filter((name) => !declared.has(name));
}

function invalid(type: string, paths: readonly string[]): MillraceError {
  const where = paths.map((path) => path || 'the event itself').join(', ');
  return new MillraceError('PAYLOAD_INVALID', `${type} does not fit its schema at ${where}`, {
    facts: { type, paths },
  });
}

function tooLarge(type: string, sizeBytes: number): MillraceError {
  const message = `${type} has ${sizeBytes} bytes, the outbox takes less than ${PAYLOAD_LIMIT_BYTES}`;
  return new MillraceError('PAYLOAD_TOO_LARGE', message, { facts: { type, sizeBytes } });
}
