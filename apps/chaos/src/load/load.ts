/** Clients that live one life after the other until they are told to stop, and send again whatever was not answered. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '@millrace/testing';
import type { Answer, ApiClient } from '@millrace/testing/stack';

import type { Random } from '../random.ts';
import type { Journal, Outcome } from './journal.ts';
import { life, type LifeKind, type Step, type Tenant } from './lives.ts';

/** A tenant and whoever speaks for it. */
export type LoadTenant = Tenant & { readonly client: ApiClient };

/** What the load is made of. */
export type LoadOptions = {
  readonly random: Random;
  readonly tenants: readonly LoadTenant[];
  readonly journal: Journal;
  readonly kinds: readonly LifeKind[];
  /** Clients of each tenant. */
  readonly clients: number;
};

/** Between two commands of a client, so that a long outage does not make a long check, and what was killed can start. */
const THINK_MS = [150, 450] as const;
/** Longest that a broken system may take no commands. */
const TAKES_COMMANDS_MS = 240_000;
const RESEND_PAUSE_MS = 150;
const REQUEST_TIMEOUT_MS = 10_000;
/** Longest that clients go on sending what was under way when they were told to stop. */
const LAST_ANSWERS_MS = 180_000;
const TWICE = 0.03;
/** Somebody was faster, perhaps this very command's first sending. */
const mayPassCodes = new Set(['VERSION_CONFLICT', 'IDEMPOTENCY_KEY_TAKEN']);

/** Load on a stack: started, stopped, and started again where a scenario needs a moment without commands. */
export class Load {
  readonly #options: LoadOptions;
  readonly #lives = new Map<string, number>();
  #stopAt: number | undefined;
  #clients: Promise<void> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopAt = undefined;
    const { random, tenants, clients } = this.#options;
    const one = (tenant: LoadTenant, index: number) => this.#live(tenant, random.fork(`${tenant.tenantId} ${index}`));
    const all = tenants.flatMap((tenant) => Array.from({ length: clients }, (_, index) => one(tenant, index)));
    this.#clients = Promise.all(all).then(() => undefined);
    // Heard of by `stop`.
    this.#clients.catch(() => undefined);
  }

  /** Resolves when that many more commands have been acknowledged. @throws Error when it takes too long */
  async untilMore(commands: number, timeoutMs = TAKES_COMMANDS_MS): Promise<void> {
    const { journal } = this.#options;
    const wanted = journal.acknowledged + commands;
    await eventually(() => journal.acknowledged >= wanted, { timeoutMs, intervalMs: 20 }).catch(() => {
      throw new Error(`the system did not take ${commands} more commands within ${timeoutMs} ms`);
    });
  }

  /** Lets every client finish the command that it is sending. */
  async stop(): Promise<void> {
    this.#stopAt = performance.now();
    await this.#clients;
  }

  async #live(tenant: LoadTenant, random: Random): Promise<void> {
    while (this.#stopAt === undefined) {
      const number = (this.#lives.get(tenant.tenantId) ?? 0) + 1;
      this.#lives.set(tenant.tenantId, number);
      for (const step of life(random, { tenant, number }, this.#options.kinds)) {
        // A hiring that has begun would wait for its person for ever.
        if (this.#stopAt !== undefined && !['person', 'hiring'].includes(step.aggregateType)) break;
        await this.#insist(tenant, step, random.chance(TWICE));
        await delay(random.between(...THINK_MS));
      }
    }
  }

  async #insist(tenant: LoadTenant, step: Step, twice: boolean): Promise<void> {
    const { journal } = this.#options;
    const { aggregateType, aggregateId, path } = step;
    const key = randomUUID();
    journal.invoke({ key, tenantId: tenant.tenantId, aggregateType, aggregateId, path });
    for (;;) {
      if (twice) void send(tenant.client, step, key);
      const outcome = await send(tenant.client, step, key);
      journal.settle(key, outcome);
      if (outcome.kind !== 'info') return;
      if (performance.now() > (this.#stopAt ?? Infinity) + LAST_ANSWERS_MS) return;
      await delay(RESEND_PAUSE_MS);
    }
  }
}

async function send(client: ApiClient, { path, body }: Step, key: string): Promise<Outcome> {
  try {
    const headers = { 'idempotency-key': key, 'x-correlation-id': key };
    const answer = await within(REQUEST_TIMEOUT_MS, client.post(path, body, headers));
    return outcomeOf(answer);
  } catch (error) {
    return { kind: 'info', problem: String(error) };
  }
}

function outcomeOf({ status, body }: Answer): Outcome {
  if (status < 300) return { kind: 'ok', version: Number(body['version']) };
  const code = typeof body['code'] === 'string' ? body['code'] : '';
  const mayPass = status >= 500 || status === 429 || mayPassCodes.has(code);
  return mayPass ? { kind: 'info', problem: `${status} ${code}` } : { kind: 'fail', status, code };
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${timeoutMs} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
