/** Carries out the commands that were taken over with a promise. Every replica has one; none needs to know of the others. */
import { setTimeout as delay } from 'node:timers/promises';

import type { ClaimedCommand, CommandEnd, CommandOutcome, CommandQueue, SentCommand } from '@millrace/command-handling';
import { type HttpProblem, problemBody, problemOf } from '@millrace/http';
import type { Histogram, Logger, Metrics } from '@millrace/telemetry';

import { refusalOf } from './acknowledgment.ts';
import { rejected } from './refusal.ts';

export type CommandWorkerOptions = {
  readonly queue: Pick<CommandQueue, 'claim' | 'hold' | 'finish'>;
  readonly send: (sent: SentCommand) => Promise<CommandOutcome>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long a command stays with a worker that died; default 30 s. */
  readonly leaseMs?: number;
};

const CLAIM_LIMIT = 16;
const LEASE_MS = 30_000;
/** Between looks for commands that other replicas have taken over, or left behind. */
const POLL_MS = 200;
const OUTAGE_PAUSE_MS = 2_000;
const FIRST_PUT_OFF_MS = 500;
const LONGEST_PUT_OFF_MS = 30_000;
/** A fault that may be the command's own is tried so often; one that is not (an outage) for as long as it takes. */
const MOST_FAULTY_ATTEMPTS = 5;

export class CommandWorker {
  readonly #options: CommandWorkerOptions;
  readonly #seconds: Histogram<'status'>;
  readonly #closing = new AbortController();
  #rest = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: CommandWorkerOptions) {
    this.#options = options;
    this.#seconds = options.metrics.histogram({
      name: 'millrace_async_command_seconds',
      help: 'Time from the promise of an asynchronous command to its outcome.',
      labels: ['status'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
    });
  }

  start(): void {
    this.#running = this.#run();
  }

  /** There may be something to do: a pause ends now. */
  wake(): void {
    this.#rest.abort();
  }

  /** Ends after what is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      // Made before the look: who wakes the worker while it looks is not overheard.
      this.#rest = new AbortController();
      const pauseMs = await this.#carryOutSome();
      if (pauseMs > 0) await this.#pause(pauseMs);
    }
  }

  async #pause(pauseMs: number): Promise<void> {
    const signal = AbortSignal.any([this.#rest.signal, this.#closing.signal]);
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }

  /** @returns how long to wait before the next look */
  async #carryOutSome(): Promise<number> {
    const { queue, logger, leaseMs = LEASE_MS } = this.#options;
    try {
      const claimed = await queue.claim(CLAIM_LIMIT, leaseMs);
      if (claimed.length === 0) return POLL_MS;
      await this.#carryOut(claimed, leaseMs);
      return 0;
    } catch (error) {
      logger.warn({ err: error, retryInMs: OUTAGE_PAUSE_MS }, 'asynchronous commands wait');
      return OUTAGE_PAUSE_MS;
    }
  }

  async #carryOut(claimed: readonly ClaimedCommand[], leaseMs: number): Promise<void> {
    const { queue, logger } = this.#options;
    const underWay = new Set(claimed);
    const renewal = setInterval(() => {
      queue.hold([...underWay], leaseMs).catch((error: unknown) => logger.warn({ err: error }, 'lease not renewed'));
    }, leaseMs / 3);
    try {
      await Promise.all(claimed.map((one) => this.#decide(one).finally(() => underWay.delete(one))));
    } finally {
      clearInterval(renewal);
    }
  }

  async #decide(claimed: ClaimedCommand): Promise<void> {
    const { queue, logger } = this.#options;
    const { commandId, attempt, acceptedAt } = claimed;
    const end = await this.#endOf(claimed);
    if (!end) return queue.hold([claimed], Math.min(FIRST_PUT_OFF_MS * 2 ** attempt, LONGEST_PUT_OFF_MS));
    const marked = await queue.finish(claimed, end);
    if (!marked) return logger.warn({ commandId }, 'another worker took the asynchronous command over');
    this.#seconds.observe({ status: end.status }, (Date.now() - Date.parse(acceptedAt)) / 1_000);
  }

  /** @returns undefined when it must be tried again */
  async #endOf(claimed: ClaimedCommand): Promise<CommandEnd | undefined> {
    const { context, ...sent } = claimed.sent;
    try {
      const outcome = await this.#options.send({ ...sent, context: { ...context, now: new Date().toISOString() } });
      if (outcome.outcome === 'accepted') return { status: 'accepted', answer: outcome.acknowledgment };
      return rejection(claimed, refusalOf(outcome));
    } catch (error) {
      const problem = problemOf(error);
      const mayPass = problem.status === 503 || problem.code === 'VERSION_CONFLICT';
      const isFault = problem.status === 500;
      const { commandId, attempt } = claimed;
      if (isFault) this.#options.logger.error({ err: error, commandId, attempt }, 'asynchronous command failed');
      const again = mayPass || (isFault && attempt < MOST_FAULTY_ATTEMPTS);
      return again ? undefined : rejection(claimed, problem);
    }
  }
}

/** What a client that had waited would have been answered. */
function rejection({ commandId, sent }: ClaimedCommand, problem: HttpProblem): CommandEnd {
  const { traceparent, correlationId } = sent.context;
  const [, traceId = ''] = traceparent.split('-');
  const answer = problemBody(rejected(problem, sent.aggregateId), { requestId: commandId, traceId, correlationId });
  return { status: 'rejected', answer };
}
