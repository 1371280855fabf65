import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '@millrace/testing';
import { type ApiClient, startTestStack, tea, type TestStack, wholeLife } from '@millrace/testing/stack';

import { expectEverythingAgrees } from './harness/orders-evidence.ts';

const ORDERS_PER_KILL = 78;
const COMMANDS_PER_ORDER = 1 + wholeLife.length;
const CLIENTS = 12;

/** Each is killed in the middle of a run of commands; the next run does not wait until it is back. */
const victims = [
  'connect',
  'order-read-model-projection',
  'kafka',
  'external-publisher',
  'command-api',
  'orders-by-status-projection',
  'relay-supervisor',
  'orders-by-customer-projection',
  'gateway',
  'orders-analytics-projection',
  'query-api',
  'registry',
  'postgres',
];

let stack: TestStack;
let client: ApiClient;

beforeAll(async () => {
  stack = await startTestStack();
  client = await stack.client('survivor');
});
afterAll(() => stack.stop());

it('SHR-18 SHR-31 ORD-51 5,000 commands while every process is killed with SIGKILL: 0 lost, 0 duplicated, order kept', async () => {
  for (const victim of victims) {
    const run = new OrderRun(victim, ORDERS_PER_KILL);
    const sending = run.send();
    await eventually(() => run.accepted >= (ORDERS_PER_KILL * COMMANDS_PER_ORDER) / 2 && stateOf(victim) === 'ready', {
      timeoutMs: 120_000,
      intervalMs: 5,
    });
    stack.kill(victim, 'SIGKILL');
    await sending;
  }
  const orders = victims.length * ORDERS_PER_KILL;
  expect(orders * COMMANDS_PER_ORDER).toBeGreaterThanOrEqual(5_000);
  await eventually(() => stack.services().every(({ state }) => state === 'ready'), { timeoutMs: 120_000 });
  const report = await expectEverythingAgrees(stack, 'survivor', {
    events: orders * COMMANDS_PER_ORDER,
    timeoutMs: 180_000,
  });
  expect(report.streams).toBe(orders);
});

/** Orders that go through their whole life, a few at a time, whatever is killed meanwhile. */
class OrderRun {
  accepted = 0;
  readonly #orderIds: IterableIterator<string>;

  constructor(name: string, orders: number) {
    this.#orderIds = Array.from({ length: orders }, (_, index) => `${name}-${index}`).values();
  }

  async send(): Promise<void> {
    await Promise.all(Array.from({ length: CLIENTS }, () => this.#sendOrders()));
  }

  async #sendOrders(): Promise<void> {
    for (const orderId of this.#orderIds) {
      await this.#insist('/v1/orders', { orderId, customerId: 'c-1', items: [tea] });
      for (const [verb, body] of wholeLife) await this.#insist(`/v1/orders/${orderId}/${verb}`, body);
    }
  }

  async #insist(path: string, body: object): Promise<void> {
    await client.insist(path, body);
    this.accepted += 1;
  }
}

const stateOf = (name: string) => stack.services().find((service) => service.name === name)?.state;
