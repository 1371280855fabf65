/** What one turn on the stack does: events at a steady rate, a backlog, all that HTTP takes, or nothing. */
import { setTimeout as delay } from 'node:timers/promises';

import { openDatabase } from '@millrace/postgres';

import type { Measured, Span } from '../harness/arm.ts';
import { HttpConnection } from '../harness/http-connection.ts';
import { Latencies } from '../harness/latencies.ts';
import { Random } from '../harness/random.ts';
import { openStore } from '../suites/millrace-store.ts';
import { idOf, LIFE, MOST_WRITERS, nthAppend } from '../suites/order-appends.ts';
import { nthCommand } from '../suites/order-commands.ts';
import { placeOf } from './arrivals.ts';
import type { BenchStack } from './bench-stack.ts';

/** Which append or command: of each writer one after the other. */
export type Numbered = (writer: number, index: number) => Promise<unknown>;

/** Does number 0, 1, 2 … of all writers in turn, so that a stream is long done with one when its next one comes. */
export const inTurn = (count: number, first: number): [writer: number, index: number] => [
  count % MOST_WRITERS,
  first + Math.floor(count / MOST_WRITERS),
];

/** Where the event of an append or command lies. */
export const placeOfNumber = (writer: number, index: number): string =>
  placeOf(idOf(writer, Math.floor(index / LIFE)), (index % LIFE) + 1);

/**
 * Operations at a rate that nothing slows down, at times drawn from a seed: evenly spaced ones would keep step with the
 * timers that are measured.
 * @returns how many there were
 */
export async function paced(
  span: { ms: number; perSecond: number; seed: number },
  operate: (count: number) => Promise<unknown>,
): Promise<number> {
  const random = new Random(span.seed);
  const start = performance.now();
  const under: Promise<unknown>[] = [];
  const gap = () => (-Math.log(1 - random.next()) * 1_000) / span.perSecond;
  for (let due = start + gap(); due < start + span.ms; due += gap()) {
    const early = due - performance.now();
    if (early > 0) await delay(early);
    under.push(operate(under.length));
  }
  await Promise.all(under);
  return under.length;
}

/** As many operations under way as there are writers, until `goesOn` says no. @returns how many were done */
export async function flood(writers: number, first: number, work: { operate: Numbered; goesOn: () => boolean }) {
  let done = 0;
  const run = async (writer: number): Promise<void> => {
    for (let index = first; work.goesOn(); index += 1) {
      await work.operate(writer, index);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => run(writer)));
  return done;
}

/** Appends through the store, in a process of no server. */
export async function withAppends<T>(stack: BenchStack, work: (append: Numbered) => Promise<T>): Promise<T> {
  const pool = openDatabase({ url: stack.commandUrl, poolSize: 10, applicationName: 'command-api' });
  const store = openStore(pool);
  return work((writer, index) => store.append(nthAppend(writer, index))).finally(() => pool.close());
}

/** Commands over HTTP, on as many connections as writers. */
export async function withCommands<T>(
  stack: BenchStack,
  writers: number,
  work: (send: Numbered) => Promise<T>,
): Promise<T> {
  const headers = { authorization: `Bearer ${stack.token}` };
  const port = stack.portOf('command-api');
  const connections = await Promise.all(Array.from({ length: writers }, () => HttpConnection.open(port, headers)));
  const send: Numbered = async (writer, index) => {
    const { path, body, status } = nthCommand(writer, index);
    const answer = await connections[writer]?.post(path, body);
    if (answer?.status !== status) throw new Error(`${path} was answered ${answer?.status}: ${answer?.body}`);
  };
  try {
    return await work(send);
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Processor time of the relay and of Postgres, and the place in the WAL. */
export async function stackSnapshot(stack: BenchStack) {
  const [client, server] = [stack.cpuOf('connect'), stack.cpuOf('postgres')];
  return { client, server, wal: await stack.walPosition(), at: performance.now() };
}

type Snapshot = Awaited<ReturnType<typeof stackSnapshot>>;

/** Costs per operation between two snapshots; round trips and blocks are not counted on this server. */
export function measuredBetween(from: Snapshot, to: Snapshot, operations: number): Omit<Measured, 'problems'> {
  return {
    operations,
    perSecond: (operations * 1_000) / (to.at - from.at),
    clientCpu: (to.client - from.client) / operations,
    serverCpu: (to.server - from.server) / operations,
    walBytes: (to.wal - from.wal) / operations,
    statements: 0,
    blocks: 0,
  };
}

/** Events at a rate, and how long each took from its commit to the consumer. */
export async function latencyTurn(
  stack: BenchStack,
  { warmUp, measure, perSecond }: { warmUp: Span; measure: Span; perSecond: number },
): Promise<Measured> {
  const { watch } = stack;
  watch.arrivals.begin();
  const first = stack.nextNumbers();
  const committed = new Map<string, number>();
  const phase = (span: Span, before: number, append: Numbered) =>
    paced({ ms: lengthOf(span), perSecond, seed: first + before }, async (count) => {
      const number = inTurn(before + count, first);
      await append(...number);
      committed.set(placeOfNumber(...number), performance.now());
    });
  const { warm, operations, from, to } = await withAppends(stack, async (append) => {
    const before = await phase(warmUp, 0, append);
    committed.clear();
    const started = await stackSnapshot(stack);
    const done = await phase(measure, before, append);
    await watch.untilReceived(before + done);
    return { warm: before, operations: done, from: started, to: await stackSnapshot(stack) };
  });
  const latencies = new Latencies();
  for (const [place, at] of committed) latencies.record(((watch.arrivals.timeOf(place) ?? Infinity) - at) * 1_000);
  const latency = latencies.percentiles();
  const problems = await stack.problems(warm + operations);
  return { ...measuredBetween(from, to, operations), ...(latency && { latency }), problems };
}

/** All that command-api takes while the relay runs. */
export async function appendTurn(
  stack: BenchStack,
  { writers, warmUp, measure }: { writers: number; warmUp: Span; measure: Span },
): Promise<Measured> {
  stack.watch.arrivals.begin();
  const first = stack.nextNumbers();
  let done = 0;
  const [from, to, all] = await withCommands(stack, writers, async (send) => {
    let open = true;
    const operate: Numbered = async (writer, index) => {
      await send(writer, index);
      done += 1;
    };
    const flooding = flood(writers, first, { operate, goesOn: () => open });
    try {
      // What breaks the flood ends the turn at once.
      await Promise.race([flooding, delay(lengthOf(warmUp))]);
      const started = { ...(await stackSnapshot(stack)), done };
      await Promise.race([flooding, delay(lengthOf(measure))]);
      const ended = { ...(await stackSnapshot(stack)), done };
      open = false;
      return [started, ended, await flooding] as const;
    } finally {
      open = false;
    }
  });
  return { ...measuredBetween(from, to, to.done - from.done), problems: await stack.problems(all) };
}

/** How fast the relay empties a backlog while command-api takes all that it can. */
export async function drainTurn(
  stack: BenchStack,
  { writers, backlog }: { writers: number; backlog: number },
): Promise<Measured> {
  const { watch } = stack;
  watch.arrivals.begin();
  await stack.stopRelay();
  const before = stack.nextNumbers();
  let begun = 0;
  const waiting = await withAppends(stack, (operate) =>
    flood(MOST_WRITERS, before, { operate, goesOn: () => (begun += 1) <= backlog }),
  );
  const first = stack.nextNumbers();
  const { from, to, drained, sent } = await withCommands(stack, writers, async (operate) => {
    let open = true;
    const flooding = flood(writers, first, { operate, goesOn: () => open });
    try {
      await stack.startRelay();
      await Promise.race([flooding, watch.untilReceived(1)]);
      const started = { ...(await stackSnapshot(stack)), received: watch.arrivals.received };
      await Promise.race([flooding, watch.untilReceived(waiting)]);
      const ended = { ...(await stackSnapshot(stack)), received: watch.arrivals.received };
      open = false;
      return { from: started, to: ended, drained: ended.received - started.received, sent: await flooding };
    } finally {
      open = false;
    }
  });
  return { ...measuredBetween(from, to, drained), problems: await stack.problems(waiting + sent) };
}

/** Nothing at all. An operation is a second. */
export async function idleTurn(stack: BenchStack, span: Span): Promise<Measured> {
  stack.watch.arrivals.begin();
  const from = await stackSnapshot(stack);
  await delay(lengthOf(span));
  const to = await stackSnapshot(stack);
  return { ...measuredBetween(from, to, (to.at - from.at) / 1_000), problems: await stack.problems(0) };
}

/** Turns on the stack know times only. */
export function lengthOf(span: Span): number {
  if ('ms' in span) return span.ms;
  throw new RangeError('a turn on the stack takes a time, not a number of operations');
}
