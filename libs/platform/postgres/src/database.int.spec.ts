import net from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testServices } from '@millrace/testing';

import { type Database, openDatabase } from './index.ts';

const { databaseUrl } = testServices();
let database: Database;
beforeAll(() => {
  database = openDatabase({ url: databaseUrl });
});
afterAll(() => database.close());

const valueOf = async (expression: string): Promise<unknown> =>
  (await database.query<{ value: unknown }>(`select ${expression} as value`)).rows[0]?.value;

describe('values', () => {
  it('T-46 reads bigints as numbers up to 2^53 - 1', async () => {
    expect(await valueOf('9007199254740991::bigint')).toBe(Number.MAX_SAFE_INTEGER);
    expect(await valueOf('(-42)::bigint')).toBe(-42);
  });

  it('T-46 refuses a bigint that a number would bend, and keeps the connection usable', async () => {
    await expect(valueOf('9007199254740993::bigint')).rejects.toThrow('bigint 9007199254740993 does not fit');
    expect(await valueOf('1')).toBe(1);
  });

  it('SHR-4 reads instants as RFC 3339 in UTC, with as many decimals as an event has', async () => {
    expect(await valueOf(`'2026-01-02 03:04:05+02'::timestamptz`)).toBe('2026-01-02T01:04:05.000Z');
    expect(await valueOf(`'2026-01-02T03:04:05.12Z'::timestamptz`)).toBe('2026-01-02T03:04:05.120Z');
    expect(await valueOf(`'2026-01-02T03:04:05.123456Z'::timestamptz`)).toBe('2026-01-02T03:04:05.123456Z');
    expect(await valueOf(`'2026-01-02T03:04:05.1234Z'::timestamptz`)).toBe('2026-01-02T03:04:05.123400Z');
  });

  it('reads days as text and runs in UTC', async () => {
    expect(await valueOf(`'2026-01-02T23:30:00Z'::timestamptz::date`)).toBe('2026-01-02');
  });
});

describe('transactions', () => {
  it('JOB-6 rolls back when the work throws', async () => {
    const work = database.transaction(async (transaction) => {
      await transaction.query('create table rolled_back ()');
      throw new Error('stop');
    });
    await expect(work).rejects.toThrow('stop');
    expect(await valueOf(`to_regclass('rolled_back')`)).toBeNull();
  });
});

describe('a lost Postgres', () => {
  it('SHR-26 is STORE_UNAVAILABLE when nobody listens', async () => {
    const nobody = openDatabase({ url: 'postgres://postgres@127.0.0.1:1/none' });
    await expect(nobody.query('select 1')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retriable: true });
    await nobody.close();
  });

  it('SHR-26 is STORE_UNAVAILABLE when the backend is killed, and the next query connects again', async () => {
    const suicide = database.query('select pg_terminate_backend(pg_backend_pid())');
    await expect(suicide).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await valueOf('1')).toBe(1);
  });

  it('SHR-26 is STORE_UNAVAILABLE when a connection falls silent', async () => {
    const line = await silenceableLine(Number(new URL(databaseUrl).port));
    const distant = openDatabase({ url: databaseUrl.replace(/:\d+\//, `:${line.port}/`), statementTimeoutMs: 100 });
    await distant.query('select 1');
    line.silence();
    await expect(distant.query('select 1')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await line.close();
    await distant.close();
  });
});

/** A TCP line to `port` on this machine that can be made to swallow everything. */
async function silenceableLine(port: number): Promise<{ port: number; silence(): void; close(): Promise<void> }> {
  let silent = false;
  const sockets: net.Socket[] = [];
  const server = net.createServer((client) => {
    const upstream = net.connect(port, '127.0.0.1');
    sockets.push(client, upstream);
    client.on('data', (chunk) => void (silent || upstream.write(chunk))).on('error', () => undefined);
    upstream.on('data', (chunk) => void client.write(chunk)).on('error', () => undefined);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as net.AddressInfo).port,
    silence: () => (silent = true),
    close: () =>
      new Promise((closed) => {
        sockets.forEach((socket) => socket.destroy());
        server.close(() => closed());
      }),
  };
}
