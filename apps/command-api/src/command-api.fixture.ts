/** A command-api and a client of it, on any write side. */
import { CommandHandler, type CommandHandlerOptions } from '@millrace/command-handling';
import { orderEvents } from '@millrace/contracts/orders';
import { EventMemory, InMemoryEventStore } from '@millrace/event-store';
import type { HttpServer, TokenVerifier } from '@millrace/http';
import { createLogger, createMetrics } from '@millrace/telemetry';

import { createCommandApi } from './command-api.ts';
import { commandMetrics } from './command-metrics.ts';
import type { WriteSide } from './write-side.ts';

/** Tokens of the specs: `<tenant>` or `<tenant>.<role>`. */
const auth: TokenVerifier = async (token) => {
  const [tenantId = '', role = 'writer'] = token.split('.');
  return { tenantId, userId: 'alice', sessionId: 's-1', roles: [role] };
};

export const logger = createLogger({ service: 'spec', level: 'fatal' });

export type Answered = {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Record<string, unknown>;
};

export const items = [{ sku: 'tea', quantity: 2, unitPrice: { amount: '12.50', currency: 'EUR' } }];

export class CommandApiFixture {
  readonly server: HttpServer;
  readonly metrics = createMetrics('spec');
  readonly observer = commandMetrics(this.metrics, logger);

  constructor(writeSide: (observer: CommandHandlerOptions['observer']) => Pick<WriteSide, 'handler' | 'check'>) {
    const { metrics } = this;
    this.server = createCommandApi({
      writeSide: writeSide(this.observer),
      auth,
      logger,
      metrics,
      bodyLimitBytes: 262_144,
    });
  }

  /** POST of JSON below `/v1/orders`. */
  async post(path: string, payload: unknown = {}, headers: Record<string, string> = {}): Promise<Answered> {
    return this.send({
      url: `/v1/orders${path}`,
      payload: JSON.stringify(payload),
      headers: { 'content-type': 'application/json', ...headers },
    });
  }

  async send(request: {
    url: string;
    method?: 'POST' | 'GET' | 'PUT';
    payload?: string;
    headers?: Record<string, string>;
  }): Promise<Answered> {
    const { headers = {}, ...rest } = request;
    const response = await this.server.inject({
      method: 'POST',
      ...rest,
      headers: { authorization: 'Bearer acme', ...headers },
    });
    return { status: response.statusCode, headers: response.headers, body: response.json<Record<string, unknown>>() };
  }

  create(orderId: string, headers: Record<string, string> = {}): Promise<Answered> {
    return this.post('', { orderId, customerId: 'c-1', items }, headers);
  }

  /** Value of one series of `/metrics`. */
  async metric(series: string): Promise<number> {
    const { body } = await this.server.inject({ url: '/metrics' });
    const line = body.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }
}

/** A command-api in memory, and everything that it stored. */
export function inMemory(options: Partial<CommandHandlerOptions> = {}): {
  api: CommandApiFixture;
  memory: EventMemory;
  store: InMemoryEventStore;
} {
  const memory = new EventMemory();
  const store = new InMemoryEventStore(orderEvents, memory);
  const api = new CommandApiFixture((observer = {}) => {
    const handler = new CommandHandler({ store, catalogue: orderEvents, observer, ...options });
    return { handler: () => handler, check: async () => undefined };
  });
  return { api, memory, store };
}
