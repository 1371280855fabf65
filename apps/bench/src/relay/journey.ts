/** An order on its whole way: created over HTTP, carried by the relay, written to the read model. */
import { setTimeout as delay } from 'node:timers/promises';

import { openDatabase } from '@millrace/postgres';

import type { Measured, Turn } from '../harness/arm.ts';
import { Latencies } from '../harness/latencies.ts';
import { idOf, LIFE, MOST_WRITERS, orderEvent } from '../suites/order-appends.ts';
import { placeOf } from './arrivals.ts';
import type { BenchStack } from './bench-stack.ts';
import { RowWatch } from './row-watch.ts';
import {
  flood,
  inTurn,
  lengthOf,
  measuredBetween,
  type Numbered,
  paced,
  stackSnapshot,
  withCommands,
} from './turns.ts';

/** Requests in flight where the way is filled. */
const WRITERS = 64;
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 10;

/** Where the end of the way is looked for: in the read model, or already by a plain consumer. */
export type End = 'row' | 'record';

/** What a turn at a rate is. */
export type Rate = Turn & { readonly perSecond: number };

/** How many orders per second can be created and seen in the read model. */
export async function highestRate(stack: BenchStack, ms: number): Promise<number> {
  stack.watch.arrivals.begin();
  const first = stack.nextNumbers();
  const start = performance.now();
  const created = await withCommands(stack, WRITERS, (send) =>
    flood(WRITERS, first, { operate: creation(send), goesOn: () => performance.now() < start + ms }),
  );
  await rowsAre(stack, (await ordersIn(stack)).events);
  return (created * 1_000) / (performance.now() - start);
}

/** Orders created at a rate; of each the time from its 201 to the end of the way. */
export async function journeyTurn(stack: BenchStack, end: End, rate: Rate): Promise<Measured> {
  stack.watch.arrivals.begin();
  const rows = new RowWatch(stack.stack.env.DATABASE_URL);
  try {
    return await withCommands(stack, MOST_WRITERS, (send) =>
      journeys(stack, { end, rows, send: creation(send), ...rate }),
    );
  } finally {
    await rows.close();
  }
}

type Journeys = Rate & { readonly end: End; readonly rows: RowWatch; readonly send: Numbered };

async function journeys(
  stack: BenchStack,
  { end, rows, send, warmUp, measure, perSecond }: Journeys,
): Promise<Measured> {
  const first = stack.nextNumbers();
  const answered = new Map<string, number>();
  const busy = new Map<number, Promise<unknown>>();
  const create = async (count: number): Promise<void> => {
    const [writer, index] = inTurn(count, first);
    const sent = (busy.get(writer) ?? Promise.resolve()).then(() => send(writer, index));
    busy.set(writer, sent);
    await sent;
    const orderId = idOf(writer, index);
    answered.set(orderId, performance.now());
    if (end === 'row') rows.expect(orderId);
  };
  const warm = await paced({ ms: lengthOf(warmUp), perSecond, seed: first }, create);
  answered.clear();
  const from = await stackSnapshot(stack);
  const operations = await paced({ ms: lengthOf(measure), perSecond, seed: first + 1 }, (count) =>
    create(warm + count),
  );
  const unseen = await rows.untilSeen(PATIENCE_MS);
  const to = await stackSnapshot(stack);
  const problems = [...(await stack.problems(warm + operations)), ...(await rowProblems(stack))];
  const latencies = new Latencies();
  for (const [orderId, at] of answered) {
    const arrived = end === 'row' ? rows.arrivalOf(orderId) : stack.watch.arrivals.timeOf(placeOf(orderId, 1));
    latencies.record(((arrived ?? Infinity) - at) * 1_000);
  }
  const latency = latencies.percentiles();
  const measured = { ...measuredBetween(from, to, operations), ...(latency && { latency }) };
  return { ...measured, problems: [...problems, ...(unseen > 0 ? [`${unseen} orders were never seen`] : [])] };
}

/** What a read model costs at least: the row and a position in one statement, at the same rate. */
export async function plainRowTurn(stack: BenchStack, { warmUp, measure, perSecond }: Rate): Promise<Measured> {
  const pool = openDatabase({ url: stack.stack.env.DATABASE_URL, poolSize: 4, applicationName: 'bench' });
  try {
    await pool.query(TABLES);
    const first = stack.nextNumbers();
    const latencies = new Latencies();
    const write = async (count: number): Promise<void> => {
      const began = performance.now();
      const orderId = idOf(...inTurn(count, first));
      await pool.query({ name: 'plain row', text: UPSERT, values: [orderId, ITEMS, count % PARTITIONS, count] });
      latencies.record((performance.now() - began) * 1_000);
    };
    const warm = await paced({ ms: lengthOf(warmUp), perSecond, seed: first }, write);
    const from = await stackSnapshot(stack);
    const operations = await paced({ ms: lengthOf(measure), perSecond, seed: first + 1 }, (count) =>
      write(warm + count),
    );
    const to = await stackSnapshot(stack);
    const { rows } = await pool.query<{ count: number }>('select count(*) as count from bench.order_rows');
    const written = rows[0]?.count ?? 0;
    const latency = latencies.percentiles();
    const problems = written === warm + operations ? [] : [`${written} rows of ${warm + operations}`];
    return { ...measuredBetween(from, to, operations), ...(latency && { latency }), problems };
  } finally {
    await pool.close();
  }
}

const PARTITIONS = 12;
const TABLES = `drop schema if exists bench cascade; create schema bench;
  create table bench.order_rows (like read_model.order_read_model including all);
  create table bench.positions (partition integer primary key, next_offset bigint not null)`;
const ITEMS = JSON.stringify((orderEvent('').data as { items: unknown }).items);
const UPSERT = `with moved as (
    insert into bench.positions values ($3, $4) on conflict (partition) do update set next_offset = excluded.next_offset)
  insert into bench.order_rows (tenant_id, order_id, customer_id, status, items, total_amount, currency, created_at, updated_at, version)
  values ('acme', $1, 'customer-1', 'created', $2, '130.24', 'EUR', now(), now(), 1)
  on conflict (tenant_id, order_id) do update set updated_at = excluded.updated_at`;

/** Command number `index` that creates: each is the first of a life. */
function creation(send: Numbered): Numbered {
  return (writer, index) => send(writer, index * LIFE);
}

async function rowProblems(stack: BenchStack): Promise<string[]> {
  const { events } = await ordersIn(stack);
  const rows = await rowsAre(stack, events);
  return rows === events ? [] : [`${rows} rows of ${events} orders`];
}

async function rowsAre(stack: BenchStack, count: number): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const { rows } = await ordersIn(stack);
    if (rows >= count || performance.now() > deadline) return rows;
    await delay(LOOK_AGAIN_MS);
  }
}

async function ordersIn(stack: BenchStack): Promise<{ events: number; rows: number }> {
  const { rows } = await stack.stack.database.query<{ events: number; rows: number }>(
    `select (select count(*) from event_store.events) as events, (select count(*) from read_model.order_read_model) as rows`,
  );
  return rows[0] ?? { events: 0, rows: 0 };
}
