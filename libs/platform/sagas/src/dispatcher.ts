/**
 * Sends what the instances of a saga ask for, and tells them of refusals and timeouts:
 *
 *     pending ──lease──▶ sent ──2xx──▶ done
 *        ▲                │ └──refusal──▶ refused, and the saga is told in the same transaction
 *        └──back-off──────┘ no answer, or one that is no word on the command
 *
 * A process that dies anywhere leaves the command pending: it is sent again with the same key, and command-api answers
 * what it answered before. Many processes may dispatch for one saga.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { Backoff, backoffMs } from '@millrace/consumer';
import { isMillraceError } from '@millrace/core';
import type { Database, Transaction } from '@millrace/postgres';
import type { Logger } from '@millrace/telemetry';

import type { CommandAnswer, CommandClient } from './command-client.ts';
import type { CommandQueue, LeasedCommand } from './command-queue.ts';
import type { InstanceStore } from './instance-store.ts';
import type { AnySaga } from './saga-effect.ts';
import { type Cause, SagaInstance, type StoredInstance } from './saga-instance.ts';
import type { SagaMetrics } from './saga-metrics.ts';

/** What a dispatcher works with. */
export type DispatcherParts = {
  readonly saga: AnySaga;
  readonly database: Database;
  readonly store: InstanceStore;
  readonly queue: CommandQueue;
  readonly client: Pick<CommandClient, 'send'>;
  readonly metrics: Pick<SagaMetrics, 'commandAnswered' | 'timeoutTold'>;
  readonly logger: Logger;
};

/** Commands on their way at the same time. */
const AT_ONCE = 16;
const IDLE_MS = 100;
const TIMEOUT_CHECK_MS = 1_000;
const RETRY = { firstMs: 200, longestMs: 30_000 };
/** What is on its way when the process stops may be answered for so long. */
const GRACE_MS = 1_000;
/** An instance that cannot be told its timeout is tried again after so long. */
const TIMEOUT_AGAIN_MS = 60_000;

/** Runs until it is stopped; survives whatever the database and command-api do. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #stopping = new AbortController();
  /** Ends what is on its way. */
  readonly #cutOff = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const grace = setTimeout(() => this.#cutOff.abort(), GRACE_MS);
    await this.#running;
    clearTimeout(grace);
  }

  /** Sends commands that are due. @returns whether there were any */
  async sendDue(): Promise<boolean> {
    const commands = await this.#parts.queue.lease(AT_ONCE);
    await Promise.all(commands.map((command) => this.#send(command)));
    return commands.length > 0;
  }

  /** Tells an instance that its time is up. @returns whether there was one */
  async tellTimeout(): Promise<boolean> {
    const { database, store, logger } = this.#parts;
    let overdue: StoredInstance | undefined;
    try {
      await database.transaction(async (transaction) => {
        const found = await store.loadOverdue(transaction);
        overdue = found?.instance;
        if (found) await this.#timeOut(transaction, found.instance, found.timeoutAt);
      });
    } catch (error) {
      if (!overdue || isMillraceError(error)) throw error;
      const { tenantId, instanceId } = overdue;
      logger.error({ err: error, tenantId, instanceId }, 'timeout cannot be told');
      const again = { tenantId, instanceId, timeoutMs: TIMEOUT_AGAIN_MS };
      await database.transaction((transaction) => store.setTimeouts(transaction, [again]));
    }
    return overdue !== undefined;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(RETRY);
    let timeoutsAt = 0;
    const round = async () => {
      if (performance.now() >= timeoutsAt && !(await this.tellTimeout())) {
        timeoutsAt = performance.now() + TIMEOUT_CHECK_MS;
      }
      const busy = await this.sendDue();
      backoff.reset();
      return busy ? 0 : IDLE_MS;
    };
    while (!signal.aborted) {
      const pauseMs = await round().catch((error: unknown) => {
        const againInMs = backoff.nextMs();
        this.#parts.logger.warn({ err: error, againInMs }, 'dispatcher pauses');
        return againInMs;
      });
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whatever fails here, the command stays pending, and is sent again with its key when its lease is over. */
  async #send(command: LeasedCommand): Promise<void> {
    const { queue, client, metrics, logger } = this.#parts;
    try {
      const answer = await client.send(command, this.#cutOff.signal);
      metrics.commandAnswered(answer.kind);
      this.#report(command, answer);
      if (answer.kind === 'done') await queue.markDone(command);
      else if (answer.kind === 'refused') await this.#tellRefusal(command, answer);
      else await queue.markFailed(command, answer.error, backoffMs(command.attempts, RETRY));
    } catch (error) {
      logger.error({ err: error, commandId: command.id }, 'the answer to a command cannot be taken');
    }
  }

  async #tellRefusal(
    command: LeasedCommand,
    { code, detail }: Extract<CommandAnswer, { kind: 'refused' }>,
  ): Promise<void> {
    const { saga, database, store, queue } = this.#parts;
    await database.transaction(async (transaction) => {
      // The instance first, as everywhere: whoever holds it decides what follows.
      const [stored] = await store.load(transaction, [command]);
      if (!(await queue.markRefused(transaction, command, `${code}: ${detail}`)) || !stored) return;
      const { type, data } = command;
      const reaction = saga.react(stored.state, { kind: 'refused', command: { type, data }, code, detail });
      if (!reaction) return;
      await queue.dropRest(transaction, command);
      const cause = { id: command.id, eventId: command.causationId, traceparent: command.traceparent, at: now() };
      await this.#take(transaction, { stored, cause, reaction });
    });
  }

  async #timeOut(transaction: Transaction, stored: StoredInstance, timeoutAt: string): Promise<void> {
    const { saga, store, metrics, logger } = this.#parts;
    const { tenantId, instanceId, correlationId, lastEventId: eventId, traceparent } = stored;
    await store.setTimeouts(transaction, [{ tenantId, instanceId, timeoutMs: null }]);
    const reaction = saga.react(stored.state, { kind: 'timeout' });
    const cause = { id: `timeout ${timeoutAt}`, eventId, traceparent, at: timeoutAt };
    if (reaction) await this.#take(transaction, { stored, cause, reaction });
    metrics.timeoutTold();
    logger.warn({ saga: saga.name, tenantId, instanceId, correlationId, timeoutAt }, 'saga timed out');
  }

  async #take(
    transaction: Transaction,
    { stored, cause, reaction }: { stored: StoredInstance; cause: Cause; reaction: Reaction },
  ): Promise<void> {
    const { saga, store, logger } = this.#parts;
    const instance = new SagaInstance(saga.name, stored);
    instance.take(reaction, cause);
    await store.save(transaction, [instance]);
    if (reaction.status !== 'failed') return;
    const { tenantId, instanceId, correlationId, failure } = instance.stored;
    logger.warn({ saga: saga.name, tenantId, instanceId, correlationId, failure }, 'saga failed');
  }

  #report({ id, type, tenantId, instanceId, correlationId, attempts }: LeasedCommand, answer: CommandAnswer): void {
    const { logger, saga } = this.#parts;
    const facts = { saga: saga.name, tenantId, instanceId, correlationId, command: type, commandId: id, attempts };
    if (answer.kind === 'done') logger.debug(facts, 'command done');
    else
      logger.warn({ ...facts, answer }, answer.kind === 'refused' ? 'command refused' : 'command is sent again later');
  }
}

type Reaction = NonNullable<ReturnType<AnySaga['react']>>;

function now(): string {
  return new Date().toISOString();
}
