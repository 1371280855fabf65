import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** An answer with its body parsed where it is JSON. */
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };

/** One line of an order. */
export const tea = { sku: 'tea', quantity: 2, unitPrice: { amount: '4.50', currency: 'EUR' } };

const RETRY_PAUSE_MS = 100;

/** Millrace as a client sees it. */
export class ApiClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** One request. `body` is sent as JSON unless it is a string already. */
  async request(
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { body, headers = {} } = options;
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson && text ? JSON.parse(text) : { text }) as Record<string, unknown>,
    };
  }

  get(path: string): Promise<Answer> {
    return this.request('GET', path);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('POST', path, { body, headers });
  }

  /** Creates an order; the id is chosen here. */
  create(orderId: string, customerId = 'c-1'): Promise<Answer> {
    return this.post('/v1/orders', { orderId, customerId, items: [tea] });
  }

  /**
   * Sends a command until it is answered otherwise than by an outage, with one idempotency key, as a careful client does.
   * @throws Error with the answer when it is refused, or after the deadline
   */
  async insist(path: string, body: unknown, timeoutMs = 120_000): Promise<Answer> {
    const key = randomUUID();
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const outcome = await this.#attempt(path, body, key);
      if ('accepted' in outcome) return outcome.accepted;
      if (!outcome.mayPass || performance.now() > deadline) throw new Error(`${path}: ${outcome.failure}`);
      await delay(RETRY_PAUSE_MS);
    }
  }

  async #attempt(
    path: string,
    body: unknown,
    key: string,
  ): Promise<{ accepted: Answer } | { failure: string; mayPass: boolean }> {
    try {
      const answer = await this.post(path, body, { 'idempotency-key': key });
      if (answer.status < 300) return { accepted: answer };
      return { failure: `${answer.status} ${JSON.stringify(answer.body)}`, mayPass: answer.status >= 500 };
    } catch (error) {
      return { failure: String(error), mayPass: true };
    }
  }
}

/** Commands that take an order along its whole life, in order. */
export const wholeLife: readonly (readonly [verb: string, body: object])[] = [
  ['update-items', { items: [{ ...tea, quantity: 3 }] }],
  ['confirm', {}],
  ['ship', { trackingNumber: 'TRACK123', carrier: 'DHL' }],
  ['deliver', {}],
];
