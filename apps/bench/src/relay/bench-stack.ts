/** The embedded stack for suites that need Kafka and Connect, shared by the experiments of a suite. */
import type { Environment } from '@millrace/config';
import { ORDERS_TOPIC } from '@millrace/contracts/orders';
import { ConnectClient, CONNECTOR_NAME } from '@millrace/relay';
import { homeAt, signDevelopmentToken } from '@millrace/stack';
import { eventually } from '@millrace/testing';
import { startTestStack, type TestStack, type TestStackOptions } from '@millrace/testing/stack';

import { cpuMicros } from '../harness/cpu.ts';
import { RecordWatch } from './record-watch.ts';

const PATIENCE_MS = 120_000;
/** Numbers of appends that one turn may use. */
const NUMBERS_PER_TURN = 1_000_000;

/** A running stack and what the arms look at it with. */
export class BenchStack {
  readonly stack: TestStack;
  readonly watch: RecordWatch;
  readonly connect: ConnectClient;
  /** Of a caller that may send commands. */
  readonly token: string;
  #turns = 0;

  private constructor(stack: TestStack, watch: RecordWatch, token: string) {
    this.stack = stack;
    this.watch = watch;
    this.token = token;
    this.connect = new ConnectClient(stack.env.CONNECT_URL.split(','), CONNECTOR_NAME);
  }

  /** @throws MillraceError `STACK_FAILED` where Java or the jars are missing */
  static async start(environment: Environment, apps: TestStackOptions['apps']): Promise<BenchStack> {
    const settings = { ...environment, LOG_LEVEL: 'warn' };
    const stack = await startTestStack({ environment: settings, ...(apps !== undefined && { apps }) });
    const claims = { tenant: 'acme', roles: ['admin'], subject: 'alice', hours: 24 };
    const token = await signDevelopmentToken(homeAt(stack.home), claims, environment);
    return new BenchStack(stack, RecordWatch.start(stack.env.KAFKA_BROKERS.split(','), ORDERS_TOPIC), token);
  }

  /** First number of appends that no turn has used. */
  nextNumbers(): number {
    this.#turns += 1;
    return this.#turns * NUMBERS_PER_TURN;
  }

  portOf(service: string): number {
    const url = this.stack.services().find(({ name }) => name === service)?.url;
    return Number(new URL(url ?? 'none:').port);
  }

  /** Processor time of a service with its children, in microseconds. */
  cpuOf(service: string): number {
    const found = this.stack.services().find(({ name }) => name === service);
    return cpuMicros(found?.process?.pid ?? 0, 'tree');
  }

  /** URL of the role that appends. */
  get commandUrl(): string {
    const { DATABASE_URL, COMMAND_ROLE_PASSWORD: password = '' } = this.stack.environment;
    return Object.assign(new URL(DATABASE_URL), { username: 'millrace_command', password }).href;
  }

  /** Ends the connector's task; what is committed from now on waits in the WAL. */
  async stopRelay(): Promise<void> {
    await this.connect.stop();
    await eventually(() => this.connect.hasStopped(), { timeoutMs: PATIENCE_MS, intervalMs: 50 });
  }

  async startRelay(): Promise<void> {
    await this.connect.resume();
    await eventually(async () => (await this.connect.state()).task === 'RUNNING', {
      timeoutMs: PATIENCE_MS,
      intervalMs: 50,
    });
  }

  async walPosition(): Promise<number> {
    const { rows } = await this.stack.database.query<{ position: number }>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint as position`,
    );
    return rows[0]?.position ?? 0;
  }

  /** What is wrong after a turn: records that are missing, too many or out of order, store and outbox that differ. */
  async problems(written: number): Promise<string[]> {
    const all = await this.watch.untilReceived(written);
    const { rows } = await this.stack.database.query<{ events: number; messages: number }>(
      `select (select count(*) from event_store.events) as events, (select count(*) from outbox.outbox_messages where topic = $1) as messages`,
      [ORDERS_TOPIC],
    );
    const { events = 0, messages = 0 } = rows[0] ?? {};
    const { received, receivedEver, disorder } = this.watch.arrivals;
    return [
      ...(all && received === written ? [] : [`${received} records of ${written} events`]),
      ...(events === messages ? [] : [`${events} events in the store, ${messages} in the outbox`]),
      ...(messages === receivedEver ? [] : [`${messages} rows in the outbox, ${receivedEver} records on the topic`]),
      ...disorder,
    ];
  }

  async stop(): Promise<void> {
    await this.watch.stop();
    await this.stack.stop();
  }
}

/** A stack that is started when the first experiment asks for it. */
export class SharedStack {
  readonly #apps: TestStackOptions['apps'];
  #started: Promise<BenchStack | { missing: string }> | undefined;

  constructor(apps: TestStackOptions['apps']) {
    this.#apps = apps;
  }

  /** The stack, or why this machine cannot run it. */
  use(environment: Environment): Promise<BenchStack | { missing: string }> {
    this.#started ??= BenchStack.start(environment, this.#apps).catch((error: unknown) => ({
      missing: `no stack: ${String(error instanceof Error ? error.message : error).split('\n', 1)[0]}`,
    }));
    return this.#started;
  }

  async close(): Promise<void> {
    const started = await this.#started;
    this.#started = undefined;
    if (started instanceof BenchStack) await started.stop();
  }
}
