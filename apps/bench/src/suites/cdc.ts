/** From the commit to the consumer: Debezium as we set it against Debezium as it comes. */
import type { Arm, Experiment, Turn } from '../harness/arm.ts';
import { BenchStack, SharedStack } from '../relay/bench-stack.ts';
import { connectorWithout, type Tuned, tuned } from '../relay/connector-settings.ts';
import { appendTurn, drainTurn, idleTurn, latencyTurn, withAppends } from '../relay/turns.ts';
import type { Bench, Scale, Suite } from './suite.ts';

type Size = {
  readonly latency: Turn;
  readonly load: Turn;
  readonly idle: Turn;
  /** Events that wait when the relay is let loose. */
  readonly backlog: number;
  /** Commands in flight. */
  readonly writers: number;
  /** Events per second where latency is measured: well below what any arm can carry. */
  readonly perSecond: number;
  readonly rounds?: number;
};

const sizes: Record<Scale, Size> = {
  tiny: {
    latency: { warmUp: { ms: 200 }, measure: { ms: 1_000 } },
    load: { warmUp: { ms: 200 }, measure: { ms: 500 } },
    idle: { warmUp: { ms: 0 }, measure: { ms: 1_000 } },
    ...{ backlog: 500, writers: 16, perSecond: 50, rounds: 1 },
  },
  quick: {
    latency: { warmUp: { ms: 500 }, measure: { ms: 2_000 } },
    load: { warmUp: { ms: 1_000 }, measure: { ms: 1_500 } },
    idle: { warmUp: { ms: 0 }, measure: { ms: 3_000 } },
    ...{ backlog: 15_000, writers: 256, perSecond: 100, rounds: 3 },
  },
  full: {
    latency: { warmUp: { ms: 3_000 }, measure: { ms: 20_000 } },
    load: { warmUp: { ms: 5_000 }, measure: { ms: 15_000 } },
    idle: { warmUp: { ms: 0 }, measure: { ms: 20_000 } },
    ...{ backlog: 200_000, writers: 256, perSecond: 200 },
  },
};

const stack = new SharedStack(['command-api']);
const ALL = Object.keys(tuned) as Tuned[];

/** An arm whose turn runs on the stack, with the connector as the arm wants it. */
function stackArm(
  bench: BenchStack | { missing: string },
  { name, untuned = [] }: { name: string; untuned?: readonly Tuned[] },
  run: (bench: BenchStack, turn: Turn) => ReturnType<Arm['measure']>,
): Arm {
  if (!(bench instanceof BenchStack))
    return { name, missing: bench.missing, measure: () => Promise.reject(new Error(bench.missing)) };
  return {
    name,
    async measure(turn) {
      await tune(bench, untuned);
      return run(bench, turn);
    },
  };
}

const inForce = new WeakMap<BenchStack, string>();

/** Has the connector run with its settings, unless it does: it is started anew for them, and has carried an event since. */
async function tune(bench: BenchStack, untuned: readonly Tuned[]): Promise<void> {
  const wanted = untuned.join();
  if (inForce.get(bench) === wanted) return;
  const { CONNECT_DATABASE_HOST = '', CONNECT_DATABASE_PORT, CDC_ROLE_PASSWORD = '' } = bench.stack.environment;
  const { DATABASE_URL } = bench.stack.env;
  const place = { CONNECT_DATABASE_HOST, CONNECT_DATABASE_PORT: Number(CONNECT_DATABASE_PORT) };
  const config = await connectorWithout({ ...place, CDC_ROLE_PASSWORD, DATABASE_URL }, untuned);
  await bench.stopRelay();
  await bench.connect.configure(config);
  await bench.startRelay();
  bench.watch.arrivals.begin();
  await withAppends(bench, (append) => append(0, bench.nextNumbers()));
  await bench.watch.untilReceived(1);
  inForce.set(bench, wanted);
}

async function latency({ scale, environment }: Bench): Promise<Experiment> {
  const bench = await stack.use(environment);
  const { latency: turn, perSecond, rounds } = sizes[scale];
  const arm = (name: string, untuned: readonly Tuned[]) =>
    stackArm(bench, { name, untuned }, (running, spans) => latencyTurn(running, { ...spans, perSecond }));
  return {
    name: 'commit to consumer',
    about: `${perSecond} events per second; the time from the answer to the append to a plain consumer; client µs are those of Connect`,
    arms: [
      arm('tuned', []),
      arm('defaults', ALL),
      // What each setting is worth: all others as we set them.
      ...(scale === 'full' ? ALL.map((name) => arm(`without-${name}`, [name])) : []),
    ],
    floor: 'tuned',
    comparisons: [{ gate: 'cdc-latency', of: 'tuned', to: 'defaults', quantity: 'p50' }],
    ...(rounds !== undefined && { rounds }),
    turn,
  };
}

async function drain({ scale, environment }: Bench): Promise<Experiment> {
  const bench = await stack.use(environment);
  const { load: turn, writers, backlog, rounds } = sizes[scale];
  return {
    name: 'drain',
    about: `commands on ${writers} connections throughout; how many are accepted, and how many events of a backlog of ${backlog.toLocaleString('en')} reach the consumer meanwhile`,
    arms: [
      stackArm(bench, { name: 'append' }, (running, spans) => appendTurn(running, { ...spans, writers })),
      stackArm(bench, { name: 'drain' }, (running) => drainTurn(running, { writers, backlog })),
    ],
    floor: 'append',
    comparisons: [{ gate: 'cdc-drain', of: 'drain', to: 'append', quantity: 'perSecond' }],
    ...(rounds !== undefined && { rounds }),
    turn,
  };
}

async function idle({ scale, environment }: Bench): Promise<Experiment> {
  const bench = await stack.use(environment);
  const { idle: turn, rounds } = sizes[scale];
  return {
    name: 'idle',
    about: 'no event at all, an operation is a second; client µs are those of Connect',
    arms: [
      stackArm(bench, { name: 'idle' }, (running, { measure }) => idleTurn(running, measure)),
      ...(scale === 'full'
        ? [
            stackArm(bench, { name: 'idle-defaults', untuned: ALL }, (running, { measure }) =>
              idleTurn(running, measure),
            ),
          ]
        : []),
    ],
    floor: 'idle',
    comparisons: [{ gate: 'cdc-idle', of: 'idle', quantity: 'busy' }],
    ...(rounds !== undefined && { rounds }),
    turn,
  };
}

/** The suite `cdc`. */
export const cdc: Suite = {
  name: 'cdc',
  about: 'commit to consumer against Debezium at its defaults, drain rate against append rate, cost of idling',
  experiments: [latency, drain, idle],
  close: () => stack.close(),
};
