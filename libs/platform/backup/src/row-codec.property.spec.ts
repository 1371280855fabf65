import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { type Column, microsecondsOf, type TextRow, timestampText } from './row-codec.ts';
import { readTableFile, writeTableFile } from './table-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'row-codec-'));
});
afterAll(() => rm(folder, { recursive: true }));

const columns: readonly Column[] = [
  { name: 'payload', type: 'jsonb', nullable: false },
  { name: 'global_position', type: 'bigint', nullable: false },
  { name: 'transaction_id', type: 'xid8', nullable: true },
  { name: 'occurred_at', type: 'timestamp with time zone', nullable: true },
  { name: 'event_version', type: 'integer', nullable: true },
  { name: 'only', type: 'boolean', nullable: false },
  { name: 'bytes', type: 'bytea', nullable: true },
];

const timestamp = fc
  .bigInt({ min: microsecondsOf('0001-01-01 00:00:00+00'), max: microsecondsOf('9999-12-31 23:59:59.999999+00') })
  .map(timestampText);
const row = fc.record({
  // Text as it comes: spaces and the order of keys are the store's own.
  payload: fc.json({ stringUnit: 'binary' }),
  global_position: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  transaction_id: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)),
  occurred_at: fc.option(timestamp),
  event_version: fc.option(fc.integer().map(String)),
  only: fc.boolean().map(String),
  bytes: fc.option(fc.uint8Array().map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`)),
});

async function throughFile(rows: readonly TextRow[]): Promise<TextRow[]> {
  const path = join(folder, `${crypto.randomUUID()}.avro`);
  async function* pages() {
    yield rows.map((one) => columns.map(({ name }) => one[name] ?? null));
  }
  const { rows: written } = await writeTableFile(path, { table: 'event_store.events', columns, pages: pages() });
  expect(written).toBe(rows.length);
  const reader = readTableFile(path);
  const read: TextRow[] = [];
  for await (const one of reader.rows) read.push(one);
  expect(reader.columns).toEqual(columns);
  return read;
}

describe('backup file', () => {
  test('ACC-72 gives back every byte: json text, 64-bit numbers, microseconds, bytes, nulls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        expect(await throughFile(rows)).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  test('ACC-72 many blocks keep their order', async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => ({
      payload: JSON.stringify({ text: 'x'.repeat(200), index }),
      global_position: String(index),
      transaction_id: null,
      occurred_at: '2026-01-02 03:04:05.000007+00',
      event_version: '1',
      only: 'true',
      bytes: null,
    }));
    expect(await throughFile(rows)).toEqual(rows);
  });

  test('ACC-72 Postgres prints a time without trailing zeros, and so do we', () => {
    for (const text of ['1969-12-31 23:59:59.5+00', '2026-01-02 03:04:05+00', '0001-01-01 00:00:00.000001+00'])
      expect(timestampText(microsecondsOf(text))).toBe(text);
    expect(() => microsecondsOf('infinity')).toThrow(RangeError);
  });
});
