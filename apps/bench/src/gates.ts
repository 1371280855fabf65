/** What must hold, by id: the table of gates as data, and how a measurement is judged by it. */
import type { Finding } from './harness/rounds.ts';
import type { Interval } from './harness/statistics.ts';

/** A promise about one number. */
export type Gate = {
  readonly id: string;
  readonly metric: string;
  /** Which side of `gate` is the good one. */
  readonly better: 'higher' | 'lower';
  readonly gate: number;
  readonly aim: number;
  /** Counted, not timed: noise is no excuse, and a miss fails the run. */
  readonly hard?: true;
};

/** Every gate of the suites that exist. */
export const gates: readonly Gate[] = [
  {
    id: 'append-floor',
    metric: 'append of 1 event + outbox, 16 writers ÷ pgbench',
    better: 'higher',
    gate: 0.75,
    aim: 0.85,
  },
  {
    id: 'append-coalesced',
    metric: 'the same, coalesced, 256 in flight ÷ pgbench',
    better: 'higher',
    gate: 3,
    aim: 4.5,
  },
  { id: 'append-emmett', metric: 'append + outbox ÷ Emmett without outbox', better: 'higher', gate: 3.5, aim: 5 },
  {
    id: 'append-coalesced-emmett',
    metric: 'append + outbox, coalesced ÷ Emmett without outbox',
    better: 'higher',
    gate: 12,
    aim: 20,
  },
  {
    id: 'append-message-db',
    metric: 'append + outbox ÷ Message DB, same driver',
    better: 'higher',
    gate: 1,
    aim: 1.3,
  },
  {
    id: 'append-wal',
    metric: 'WAL bytes per event ÷ bare INSERTs',
    better: 'lower',
    gate: 1.1,
    aim: 1.02,
    hard: true,
  },
  { id: 'append-round-trips', metric: 'round trips per append', better: 'lower', gate: 1, aim: 1, hard: true },
  {
    id: 'growth-store',
    metric: 'append p50, large store ÷ 10,000 events',
    better: 'lower',
    gate: 1.15,
    aim: 1.05,
  },
  {
    id: 'growth-stream',
    metric: 'append p50, stream of 100,000 ÷ of 10 events',
    better: 'lower',
    gate: 1.1,
    aim: 1.02,
  },
  {
    id: 'growth-load',
    metric: 'load of 100,000 events with snapshot ÷ of 100 events',
    better: 'lower',
    gate: 1.5,
    aim: 1.2,
  },
  { id: 'growth-tenants', metric: 'throughput, 1,000 tenants ÷ 1', better: 'higher', gate: 0.95, aim: 0.98 },
  {
    id: 'http-serial',
    metric: 'POST command, 16 connections ÷ serial-cost floor',
    better: 'higher',
    gate: 0.8,
    aim: 2,
  },
  { id: 'http-coalesced', metric: 'the same, 256 connections', better: 'higher', gate: 1.2, aim: 2 },
  {
    id: 'cdc-latency',
    metric: 'p50 commit → consumer ÷ connector at its defaults',
    better: 'lower',
    gate: 0.06,
    aim: 0.03,
  },
  {
    id: 'cdc-drain',
    metric: 'drain rate ÷ highest append rate through HTTP, both running',
    better: 'higher',
    gate: 1.2,
    aim: 2,
  },
  { id: 'cdc-idle', metric: 'share of a core that an idle Connect keeps busy', better: 'lower', gate: 0.15, aim: 0.05 },
  {
    id: 'e2e-visible',
    metric: 'p50 HTTP 201 → row visible at half load ÷ sum of the parts',
    better: 'lower',
    gate: 2,
    aim: 1.5,
  },
  {
    id: 'consumer-raw',
    metric: 'consumer runtime with Avro decode ÷ raw loop of the same client',
    better: 'higher',
    gate: 0.75,
    aim: 0.9,
  },
  {
    id: 'projection-floor',
    metric: 'live projection, batch 500 ÷ the same statements by pgbench',
    better: 'higher',
    gate: 0.7,
    aim: 0.85,
  },
  {
    id: 'projection-emmett',
    metric: "live projection ÷ Emmett's async projection, same read model",
    better: 'higher',
    gate: 5,
    aim: 10,
  },
  {
    id: 'projection-round-trips',
    metric: 'round trips per batch of 500, BEGIN and COMMIT among them',
    better: 'lower',
    gate: 7,
    aim: 7,
    hard: true,
  },
  {
    id: 'rebuild-live',
    metric: 'rebuild, until it is switched to ÷ live projection',
    better: 'higher',
    gate: 4,
    aim: 8,
  },
];

/** `inconclusive`: the machine was too noisy to tell. `not run`: an arm is missing. */
export type Verdict = 'pass' | 'FAIL' | 'inconclusive' | 'not run';

/** A measurement and what its gate says about it. */
export type Judged = { readonly gate: Gate; readonly finding: Finding; readonly verdict: Verdict };

/** Two measurements of the same thing that differ by more are noise. */
const QUIET = 0.05;
/** How far the bad end of the interval may lie beyond the gate that the median keeps. */
const SLACK = 0.05;
/** Counters are whole numbers of rows and calls divided by each other. */
const EXACT = 1e-9;

/** @throws RangeError for a gate that is not in the table */
export function judge(finding: Finding): Judged {
  const gate = gates.find(({ id }) => id === finding.gate);
  if (!gate) throw new RangeError(`there is no gate ${finding.gate}`);
  return { gate, finding, verdict: verdictOf(gate, finding) };
}

function verdictOf(gate: Gate, { median, interval, noise }: Finding): Verdict {
  if (median === undefined || interval === undefined) return 'not run';
  if (gate.hard) return keeps(gate, median, EXACT) ? 'pass' : 'FAIL';
  if (noise && isLoud(noise) && isTorn(gate, interval, noise)) return 'inconclusive';
  return keeps(gate, median) && interval.every((end) => keeps(gate, end, SLACK)) ? 'pass' : 'FAIL';
}

/** Whether the gate lies within what the interval would be if noise came on top: beyond that, none could turn the verdict. */
function isTorn(gate: Gate, [low, high]: Interval, [less, more]: Interval): boolean {
  return keeps(gate, low * Math.min(1, less)) !== keeps(gate, high * Math.max(1, more));
}

function keeps({ better, gate }: Gate, value: number, slack = 0): boolean {
  return better === 'higher' ? value >= gate * (1 - slack) : value <= gate * (1 + slack);
}

function isLoud([low, high]: Interval): boolean {
  return low < 1 - QUIET || high > 1 + QUIET;
}

/** By how much a gate was missed, as a share of it. */
export function missedBy({ gate: { better, gate }, finding: { median = gate } }: Judged): number {
  return Math.max(0, better === 'higher' ? 1 - median / gate : median / gate - 1);
}
