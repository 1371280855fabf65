import { type EventCatalogue, MillraceError } from '@millrace/core';
import avsc from 'avsc';

import type { AvroRecord } from './avro-schema.ts';
import { plainType, writerSchema } from './avro-type.ts';
import { FRAME_HEADER_BYTES, writeFrameHeader } from './frame.ts';
import { subjectOf } from './subject.ts';

/** Id that the registry gave to one version of an event: a row of `outbox.schema_ids`. */
export type RegisteredSchema = { readonly subject: string; readonly eventVersion: number; readonly schemaId: number };

/** First size in bytes, frame included, that the outbox refuses (`octet_length(payload) < 900000`). */
export const PAYLOAD_LIMIT_BYTES = 900_000;

type Writer = { readonly schemaId: number; readonly type: avsc.Type };

/** Encodes events as the bytes of their Kafka records. Needs no registry: the ids come from the database. */
export class EventEncoder {
  readonly #writers = new Map<string, Writer>();
  /** Every event is written here and copied once, to its exact size. */
  readonly #scratch = Buffer.allocUnsafe(PAYLOAD_LIMIT_BYTES - 1);

  /**
   * @throws MillraceError `SCHEMA_NOT_REGISTERED` when the current version of an event has no id: at start, before the
   * first command
   */
  constructor(catalogues: readonly EventCatalogue[], registered: readonly RegisteredSchema[]) {
    const ids = new Map(
      registered.map(({ subject, eventVersion, schemaId }) => [`${subject} ${eventVersion}`, schemaId]),
    );
    const missing: string[] = [];
    for (const catalogue of catalogues) {
      for (const { type, topic, schemas } of catalogue.definitions) {
        const version = catalogue.currentVersion(type);
        const schema = schemas[version] as AvroRecord;
        const schemaId = ids.get(`${subjectOf(topic, schema)} ${version}`);
        if (schemaId === undefined) missing.push(`${subjectOf(topic, schema)} version ${version}`);
        else this.#writers.set(type, { schemaId, type: plainType(writerSchema(schema)) });
      }
    }
    if (missing.length > 0) {
      const message = `${missing.length} schema(s) have no id, run \`npx millrace deploy\`: ${missing.join(', ')}`;
      throw new MillraceError('SCHEMA_NOT_REGISTERED', message, { facts: { missing } });
    }
  }

  /**
   * The framed Avro bytes of an event in its current version. `data` must hold every field and no other.
   * @throws MillraceError `UNKNOWN_EVENT_TYPE`, `PAYLOAD_INVALID` with the paths of the bad fields in `facts.paths`,
   * `PAYLOAD_TOO_LARGE`
   */
  encode(type: string, data: unknown): Buffer {
    const writer = this.#writers.get(type);
    if (!writer)
      throw new MillraceError('UNKNOWN_EVENT_TYPE', `event type ${type} is not in the catalogue`, { facts: { type } });
    if (!writer.type.isValid(data, { noUndeclaredFields: true })) throw invalid(type, badPaths(writer.type, data));

    writeFrameHeader(this.#scratch, writer.schemaId);
    const end = writer.type.encode(data, this.#scratch, FRAME_HEADER_BYTES);
    // A negative end says by how much the scratch buffer was too short.
    if (end < 0) throw tooLarge(type, this.#scratch.length - end);
    return Buffer.from(this.#scratch.subarray(0, end));
  }
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
