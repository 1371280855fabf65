/** A command-api and a client of it, on any write side. */
import { CommandHandler, type CommandHandlerOptions, type CommandQueue } from '@millrace/command-handling';
import { storedEvents } from '@millrace/contracts/topology';
import { MillraceError } from '@millrace/core';
import { EventMemory, InMemoryEventStore } from '@millrace/event-store';
import type { HttpServer, TokenVerifier } from '@millrace/http';
import { createLogger, createMetrics } from '@millrace/telemetry';

import { createBus, createCommandApi } from './command-api.ts';
import type { CommandBus } from './command-bus.ts';
import { commandMetrics } from './command-metrics.ts';
import { tenantGate } from './tenant-gate.ts';
import type { WriteSide } from './write-side.ts';

/** Tokens of the specs: `<tenant>` or `<tenant>.<role>`. */
const auth: TokenVerifier = async (token) => {
  const [tenantId = '', ...role] = token.split('.');
  return { tenantId, userId: 'alice', sessionId: 's-1', roles: [role.join('.') || 'writer'] };
};

/** In memory nothing waits. */
const noQueue = {
  accept: () => Promise.reject(new MillraceError('STORE_UNAVAILABLE', 'commands are not queued in memory')),
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
  readonly bus: CommandBus;
  readonly metrics = createMetrics('spec');
  readonly observer = commandMetrics(this.metrics, logger);

  constructor(
    writeSide: (observer: CommandHandlerOptions['observer']) => Pick<WriteSide, 'handler' | 'check'>,
    queue: Pick<CommandQueue, 'accept'> = noQueue,
  ) {
    const { metrics } = this;
    const made = writeSide(this.observer);
    this.bus = createBus(metrics, () => made.handler());
    this.server = createCommandApi({
      writeSide: made,
      bus: this.bus,
      queue,
      auth,
      logger,
      metrics,
      bodyLimitBytes: 262_144,
    });
  }

  /** POST of JSON below `/v1/orders`. */
  async post(path: string, payload: unknown = {}, headers: Record<string, string> = {}): Promise<Answered> {
    return this.command(`/v1/orders${path}`, payload, headers);
  }

  /** POST of JSON. */
  async command(url: string, payload: unknown = {}, headers: Record<string, string> = {}): Promise<Answered> {
    return this.send({
      url,
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
  const store = new InMemoryEventStore(storedEvents, memory);
  const api = new CommandApiFixture((observer = {}) => {
    const handler = new CommandHandler({ store, catalogue: storedEvents, gate: tenantGate, observer, ...options });
    return { handler: () => handler, check: async () => undefined };
  });
  return { api, memory, store };
}
