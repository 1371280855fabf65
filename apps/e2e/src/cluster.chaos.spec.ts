import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@millrace/testing';
import { type ApiClient, startTestStack, type TestStack, wholeLife } from '@millrace/testing/stack';

import { expectEverythingAgrees } from './harness/orders-evidence.ts';

const CLIENTS = 4;
const COMMANDS_PER_ORDER = 1 + wholeLife.length;
const BACK_WITHIN_MS = 180_000;
const STATUS_GROUP = 'orders-by-status-projection';
// After this long nothing is under way any more that a process did before it was stopped.
const UNDER_WAY_MS = 5_000;

let stack: TestStack;
let client: ApiClient;

beforeAll(async () => {
  stack = await startTestStack({
    cluster: true,
    apps: [
      'relay-supervisor',
      'command-api',
      'query-api',
      'gateway',
      'order-read-model-projection',
      'orders-by-customer-projection',
      'orders-by-status-projection',
      'orders-analytics-projection',
      'external-publisher',
    ],
  });
  client = await stack.client('cluster');
}, 600_000);
afterAll(() => stack.stop(), 60_000);

/** Orders that go through their whole life until `end`. Every command must be accepted at once, at the first try. */
class Load {
  accepted = 0;
  readonly refused: string[] = [];
  #ended = false;
  readonly #clients: Promise<unknown>;

  constructor() {
    this.#clients = Promise.all(Array.from({ length: CLIENTS }, (_, index) => this.#send(`c${index}`)));
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#clients;
  }

  async #send(name: string): Promise<void> {
    for (let index = 0; !this.#ended; index += 1) {
      const orderId = `${name}-${index}`;
      this.#note(await client.create(orderId, name));
      for (const [verb, body] of wholeLife) this.#note(await client.post(`/v1/orders/${orderId}/${verb}`, body));
      await delay(50);
    }
  }

  #note({ status, body }: { status: number; body: unknown }): void {
    if (status < 300) this.accepted += 1;
    else this.refused.push(`${status} ${JSON.stringify(body)}`);
  }
}

const serviceOf = (name: string) => stack.services().find((service) => service.name === name);

/** Ends a process under load, and waits until the supervisor has brought it back. */
async function killed(name: string): Promise<void> {
  const before = serviceOf(name)?.process?.pid;
  stack.kill(name, 'SIGKILL');
  await eventually(() => serviceOf(name)?.state === 'ready' && serviceOf(name)?.process?.pid !== before, {
    timeoutMs: BACK_WITHIN_MS,
  });
}

/** Next offsets of a group, one per partition. */
async function positions(group: string): Promise<number[]> {
  const { rows } = await stack.database.query<{ next: string }>(
    'select next_offset as next from consumer.positions where consumer_group = $1 order by topic, partition',
    [group],
  );
  return rows.map(({ next }) => Number(next));
}

/** Stops a process as a long pause would. The others must go on without it, in every partition, before it is woken. */
async function stopped(name: string): Promise<void> {
  stack.kill(name, 'SIGSTOP');
  await delay(UNDER_WAY_MS);
  const before = await positions(STATUS_GROUP);
  const wentOn = async () => (await positions(STATUS_GROUP)).every((next, index) => next > (before[index] ?? 0));
  await eventually(wentOn, { timeoutMs: BACK_WITHIN_MS });
  stack.kill(name, 'SIGCONT');
  await eventually(() => serviceOf(name)?.state === 'ready', { timeoutMs: BACK_WITHIN_MS });
}

/** The worker that runs the connector's task, as any worker that answers knows it. */
async function workerOfTask(): Promise<string | undefined> {
  const workers = stack.services().filter(({ name }) => name.startsWith('connect-'));
  const answers = workers.map(async ({ url }) => {
    const response = await fetch(`${url}/connectors/outbox/status`, { signal: AbortSignal.timeout(5_000) });
    return (await response.json()) as { tasks: { state: string; worker_id: string }[] };
  });
  const { tasks } = await Promise.any(answers);
  const running = tasks.find(({ state }) => state === 'RUNNING');
  return workers.find(({ url }) => running && new URL(url).host === running.worker_id)?.name;
}

/** Kills the worker that runs the task: killing the other one would prove nothing. The other one must take it over. */
async function takenOver(): Promise<void> {
  const worker = await eventually(workerOfTask, { timeoutMs: BACK_WITHIN_MS });
  const back = killed(worker);
  const isElsewhere = async () => ![undefined, worker].includes(await workerOfTask().catch(() => undefined));
  await eventually(isElsewhere, { timeoutMs: BACK_WITHIN_MS });
  await back;
}

it('SHR-18 ORD-51 ORD-53 a cluster loses a broker, a worker and a member, and no command, event or effect', async () => {
  const load = new Load();
  await eventually(() => load.accepted >= 20 * COMMANDS_PER_ORDER, { timeoutMs: 120_000 });
  await killed('kafka-2');
  await takenOver();
  await killed('order-read-model-projection');
  await stopped(`${STATUS_GROUP}-2`);
  await stopped('kafka-3');
  await load.end();
  expect(load.refused).toEqual([]);
  const report = await expectEverythingAgrees(stack, 'cluster', { events: load.accepted, timeoutMs: 300_000 });
  expect(report.streams).toBe(load.accepted / COMMANDS_PER_ORDER);
}, 1_200_000);
