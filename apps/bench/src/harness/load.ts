/** Load from this process: writers that each send the next operation when the one before is answered. */
import type { Arm, Measured, Span, Turn } from './arm.ts';
import type { BenchDatabase, BenchPostgres } from './bench-postgres.ts';
import { cpuMicros } from './cpu.ts';
import { Latencies } from './latencies.ts';

/** One way to do an operation, connected to a database. */
export type Driver = {
  /** @param writer 0 to `writers` - 1 @param index counts the operations of the writer, warm-up included */
  operate(writer: number, index: number): Promise<unknown>;
  close(): Promise<void>;
  /** After `close`: what is wrong with what it left. @param done operations by writer */
  check(done: readonly number[]): Promise<readonly string[]>;
  /** Of the server under test, where operations are requests to one: its processor time counts, not this process's. */
  readonly pid?: number;
};

/** Load on a database. */
export type Load = {
  readonly postgres: BenchPostgres;
  /** Operations in flight. */
  readonly writers: number;
};

/** An arm whose every turn gets a fresh copy of a template. */
export function freshArm(
  name: string,
  load: Load & { readonly template: string },
  open: (database: BenchDatabase) => Promise<Driver>,
): Arm {
  return {
    name,
    async measure(turn) {
      const database = await load.postgres.create(load.template);
      try {
        return await drive(await open(database), { ...load, ...turn, database });
      } finally {
        await database.drop();
      }
    },
  };
}

/** One turn on a database that exists. The driver is closed by then. */
export async function drive(
  driver: Driver,
  { postgres, database, ...load }: Load & Turn & { readonly database: Pick<BenchDatabase, 'name'> },
): Promise<Measured> {
  const done = new Array<number>(load.writers).fill(0);
  const phase = (span: Span, latencies?: Latencies) => runWriters(driver, done, { span, latencies });
  const started = await phase(load.warmUp)
    .then(() => snapshot(postgres, database.name, driver.pid))
    .catch(async (error: unknown) => {
      await driver.close();
      throw error;
    });
  const latencies = new Latencies();
  const { operations, seconds } = await phase(load.measure, latencies);
  const ended = await snapshot(postgres, database.name, driver.pid);
  await driver.close();
  const latency = latencies.percentiles();
  return {
    operations,
    perSecond: operations / seconds,
    ...(latency && { latency }),
    ...costs(started, ended, operations),
    problems: await driver.check(done),
  };
}

/** Counters of Postgres and the processor time of this process or another one. */
export async function snapshot(postgres: BenchPostgres, database: string, pid = process.pid) {
  return { ...(await postgres.counters(database)), client: cpuMicros(pid) };
}

type Snapshot = Awaited<ReturnType<typeof snapshot>>;

/** What lies between two snapshots, per operation. */
export function costs(from: Snapshot, to: Snapshot, operations: number) {
  const per = (key: keyof Snapshot): number => (to[key] - from[key]) / operations;
  return {
    clientCpu: per('client'),
    serverCpu: per('cpu'),
    walBytes: per('walPosition'),
    statements: per('statements'),
    blocks: per('blocks'),
  };
}

type Phase = { readonly span: Span; readonly latencies: Latencies | undefined };

async function runWriters(driver: Driver, done: number[], { span, latencies }: Phase) {
  const before = sum(done);
  const start = performance.now();
  const last = 'operations' in span ? before + span.operations : Infinity;
  const end = 'ms' in span ? start + span.ms : Infinity;
  let begun = before;
  const run = async (writer: number): Promise<void> => {
    for (let now = start; now < end && begun < last;) {
      begun += 1;
      await driver.operate(writer, done[writer] ?? 0);
      done[writer] = (done[writer] ?? 0) + 1;
      const answered = performance.now();
      latencies?.record((answered - now) * 1_000);
      now = answered;
    }
  };
  await Promise.all(done.map((_, writer) => run(writer)));
  return { operations: sum(done) - before, seconds: (performance.now() - start) / 1_000 };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
