import { MillraceError } from '@millrace/core';

/*
 * Confluent wire format, the value of every record:
 *
 *     value     = magic schema-id data
 *     magic     = %x00
 *     schema-id = 4OCTET    ; big-endian, as the registry gave it
 *     data      = *OCTET    ; Avro binary encoding, by exactly the schema of schema-id
 */
const MAGIC = 0;

/** Bytes before the Avro data: magic and schema id. */
export const FRAME_HEADER_BYTES = 5;

/** Writes magic and schema id at the start of `buffer`; the Avro data follows from `FRAME_HEADER_BYTES` on. */
export function writeFrameHeader(buffer: Buffer, schemaId: number): void {
  buffer.writeUInt8(MAGIC, 0);
  buffer.writeUInt32BE(schemaId, 1);
}

/** Avro data in Confluent wire format, copied into a new buffer. */
export function frame(schemaId: number, data: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(FRAME_HEADER_BYTES + data.length);
  writeFrameHeader(framed, schemaId);
  data.copy(framed, FRAME_HEADER_BYTES);
  return framed;
}

/**
 * Schema id and Avro data of a record's value; `data` is a view on `framed`.
 * @throws MillraceError `RECORD_MALFORMED` when the value is absent, short or without the magic byte
 */
export function unframe(framed: Buffer | null): { readonly schemaId: number; readonly data: Buffer } {
  if (!framed) throw new MillraceError('RECORD_MALFORMED', 'the record has no value');
  if (framed.length < FRAME_HEADER_BYTES) {
    throw new MillraceError(
      'RECORD_MALFORMED',
      `the value has ${framed.length} bytes, a frame at least ${FRAME_HEADER_BYTES}`,
    );
  }
  if (framed[0] !== MAGIC) {
    throw new MillraceError('RECORD_MALFORMED', `the value starts with byte ${framed[0]}, a frame with ${MAGIC}`);
  }
  return { schemaId: framed.readUInt32BE(1), data: framed.subarray(FRAME_HEADER_BYTES) };
}
