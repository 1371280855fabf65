import { randomUUID } from 'node:crypto';

import { type DemoClient, post } from './demo-client.ts';

type Step = { readonly verb: string; readonly body: object };

const CONCURRENT_ORDERS = 16;
const items = (quantity: number) => [{ sku: 'tea', quantity, unitPrice: { amount: '4.50', currency: 'EUR' } }];

const confirm: Step = { verb: 'confirm', body: {} };
const ship: Step = { verb: 'ship', body: { trackingNumber: 'TRACK123', carrier: 'DHL' } };
const deliver: Step = { verb: 'deliver', body: {} };
const updateItems: Step = { verb: 'update-items', body: { items: items(3) } };
const cancel: Step = { verb: 'cancel', body: { reason: 'demo' } };

// One path per outcome, so that every event type occurs.
const paths: readonly (readonly Step[])[] = [
  [],
  [confirm],
  [confirm, ship],
  [confirm, ship, deliver],
  [updateItems, cancel],
];

/**
 * Creates orders over HTTP and takes each along one of five paths.
 * @returns ids of the orders, in the order of their creation
 * @throws Error on the first command that is not accepted
 */
export async function driveOrders(client: DemoClient, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  const queue = ids.entries();
  const worker = async () => {
    for (const [index, id] of queue) await driveOrder(client, id, paths[index % paths.length] ?? []);
  };
  await Promise.all(Array.from({ length: CONCURRENT_ORDERS }, worker));
  return ids;
}

async function driveOrder(client: DemoClient, orderId: string, path: readonly Step[]): Promise<void> {
  await post(client, '/v1/orders', { orderId, customerId: `customer-${orderId.slice(0, 1)}`, items: items(2) });
  for (const { verb, body } of path) await post(client, `/v1/orders/${orderId}/${verb}`, body);
}

/**
 * Creates orders one by one and waits until each can be read.
 * @returns milliseconds from the acknowledgment to the answer of the read, ascending
 */
export async function measureVisibility({ url, token }: DemoClient, count: number): Promise<number[]> {
  const durations: number[] = [];
  for (let sample = 0; sample < count; sample += 1) {
    const orderId = randomUUID();
    await post({ url, token }, '/v1/orders', { orderId, customerId: 'customer-probe', items: items(1) });
    const acknowledgedAt = performance.now();
    const response = await fetch(`${url}/v1/orders/${orderId}?minVersion=1&wait=10s`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!response.ok)
      throw new Error(`GET /v1/orders/${orderId} was answered ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
    durations.push(performance.now() - acknowledgedAt);
  }
  return durations.sort((left, right) => left - right);
}
