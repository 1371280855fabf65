import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import avsc from 'avsc';

import { type Column, columnsOf, rowSchema, rowType, type TextRow, toRecord, toRow } from './row-codec.ts';

/** Size and fingerprint of a file. */
export type FileFacts = { readonly rows: number; readonly bytes: number; readonly sha256: string };

/** Rows of one table, page by page, each row with its values in the order of the columns. */
export type TablePages = {
  readonly table: string;
  readonly columns: readonly Column[];
  readonly pages: AsyncIterable<readonly (readonly (string | null)[])[]>;
};

// Of rows before they are packed. A block is what a reader holds in memory.
const BLOCK_BYTES = 256 * 1_024;
const CODEC = 'deflate';

const headerType = avsc.Type.forSchema({
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: 4 } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: 16 } },
  ],
});

/** Start of a container file. avsc would write its own idea of the schema, without what the fields say beside it. */
function headerBytes(schema: object, sync: Buffer): Buffer {
  const meta = { 'avro.schema': Buffer.from(JSON.stringify(schema)), 'avro.codec': Buffer.from(CODEC) };
  return headerType.toBuffer({ magic: Buffer.from('Obj\u0001'), meta, sync });
}

/**
 * Writes an Avro object container file (deflate), block by block, and waits until it is on the disk.
 * @param path must not exist
 */
export async function writeTableFile(path: string, { table, columns, pages }: TablePages): Promise<FileFacts> {
  const schema = rowSchema(table, columns);
  const syncMarker = randomBytes(16);
  const encoder = new avsc.streams.BlockEncoder(rowType(schema), {
    codec: CODEC,
    blockSize: BLOCK_BYTES,
    writeHeader: 'never',
    syncMarker,
  });
  const hash = createHash('sha256');
  const counted = { rows: 0, bytes: 0 };
  async function* records(): AsyncGenerator<object> {
    for await (const page of pages) {
      for (const row of page) yield toRecord(columns, row);
      counted.rows += page.length;
    }
  }
  const meter = new Transform({
    construct(done) {
      const header = headerBytes(schema, syncMarker);
      hash.update(header);
      counted.bytes += header.length;
      this.push(header);
      done();
    },
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      counted.bytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(Readable.from(records()), encoder, meter, createWriteStream(path, { flags: 'wx', flush: true }));
  return { ...counted, sha256: hash.digest('hex') };
}

/** A file that is open for reading. */
export type TableReader = { readonly columns: readonly Column[]; readonly rows: AsyncIterable<TextRow, void> };

/** Opens a file. Its columns are known once the first row, or the end, has been read. */
export function readTableFile(path: string): TableReader {
  const columns: Column[] = [];
  const decoder = new avsc.streams.BlockDecoder({
    parseHook: (schema) => {
      columns.push(...columnsOf(schema as object));
      return rowType(schema as object);
    },
  });
  const file = createReadStream(path);
  // Not a pipeline: that would end the decoder with the file, before its last block has been unpacked.
  file.on('error', (error) => decoder.destroy(error)).pipe(decoder);
  async function* rows(): AsyncGenerator<TextRow> {
    try {
      for await (const record of decoder) yield toRow(columns, record as never);
    } finally {
      file.destroy();
    }
  }
  return { columns, rows: rows() };
}
