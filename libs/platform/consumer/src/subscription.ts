/**
 * A live stream of events for a program that keeps no position: each subscription is a consumer group of its own, which is
 * gone when it ends. What must not miss an event while it is down is a projection or a publisher instead.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { EventDecoder, RegistryClient } from '@millrace/avro';
import { type EventCatalogue, isMillraceError, type RecordedEvent } from '@millrace/core';
import {
  type BatchOutcome,
  createLogConsumer,
  deleteGroup,
  type LogConsumer,
  type LogPosition,
  type LogRecord,
  partitionRanges,
  type RecordBatch,
  type RecordHandler,
  type TopicPartition,
} from '@millrace/kafka';
import { createLogger } from '@millrace/telemetry';

import { Backoff } from './backoff.ts';
import { definitionsFor } from './event-address.ts';
import { RecordReader } from './record-reader.ts';

/** What to subscribe to, and who is told. */
export type SubscriptionOptions = {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly catalogue: EventCatalogue;
  /** A pattern of addresses such as `persons.*` or `>`, or a list of event types. */
  readonly events: string | readonly string[];
  /** `now`: what is committed from this call on, the default. `beginning`: everything that the topics hold, first. */
  readonly from?: 'now' | 'beginning';
  /**
   * Takes one event at a time, each aggregate's in order; the next one waits for it. When it fails, `onError` is told and
   * the next event follows. It must not await `unsubscribe`, which waits for it.
   */
  readonly onEvent: (event: RecordedEvent) => void | Promise<void>;
  /** Told of every fault: of `onEvent`, of a record that cannot be read, of a broker or registry that is away. */
  readonly onError: (error: unknown) => void;
};

/** Handle of a subscription. */
export type Subscription = {
  /** Leaves the group. `onEvent` is not called any more from now on. A second call is the same as the first. */
  unsubscribe(): Promise<void>;
  /** Resolves after `unsubscribe`; rejects when no retry can mend what happened, which `onError` was told before. */
  readonly ended: Promise<void>;
};

const READ_AGAIN_MS = 1_000;
const RESTART = { firstMs: 500, longestMs: 5_000 };

/**
 * Calls `onEvent` for every event of the types meant, until `unsubscribe`. The type is read in the header of a record, so
 * what is not meant is not decoded.
 * @throws MillraceError `SUBSCRIPTION_INVALID`, `KAFKA_UNAVAILABLE`
 */
export async function subscribe(options: SubscriptionOptions): Promise<Subscription> {
  const definitions = definitionsFor(options.catalogue, options.events);
  const topics = [...new Set(definitions.map(({ topic }) => topic))];
  const ranges = await partitionRanges({ brokers: options.brokers }, topics);
  // Fixed here, not when the group has been joined: what is committed meanwhile belongs to the subscription.
  const start = ranges.map((range) => [keyOf(range), options.from === 'beginning' ? range.first : range.end] as const);
  const types = new Set(definitions.map(({ type }) => type));
  return new RunningSubscription(options, { topics, types, positions: new Map(start) });
}

type Scope = {
  readonly topics: readonly string[];
  readonly types: ReadonlySet<string>;
  /** Next offset by partition. */
  readonly positions: Map<string, number>;
};

class RunningSubscription implements Subscription, RecordHandler {
  readonly ended: Promise<void>;
  readonly #options: SubscriptionOptions;
  readonly #scope: Scope;
  readonly #reader: RecordReader;
  readonly #groupId = `millrace-subscription-${randomUUID()}`;
  readonly #closing = new AbortController();
  #consumer: LogConsumer | undefined;
  #left: Promise<void> | undefined;

  constructor(options: SubscriptionOptions, scope: Scope) {
    this.#options = options;
    this.#scope = scope;
    this.#reader = new RecordReader(new EventDecoder(new RegistryClient(options.registryUrl)), options.catalogue);
    this.ended = this.#run();
    // Whoever does not ask is told by `onError`.
    this.ended.catch(() => undefined);
  }

  unsubscribe(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  async position(at: TopicPartition): Promise<LogPosition | undefined> {
    const next = this.#scope.positions.get(keyOf(at));
    return next === undefined ? undefined : { next };
  }

  async handle(batch: RecordBatch): Promise<BatchOutcome> {
    const { positions } = this.#scope;
    for (const record of batch.records) {
      try {
        await this.#take(record);
      } catch (error) {
        this.#options.onError(error);
        return { readAgainInMs: READ_AGAIN_MS };
      }
      positions.set(keyOf(batch), record.offset + 1);
    }
    positions.set(keyOf(batch), batch.nextOffset);
    return 'done';
  }

  /** @throws MillraceError retriable: the record is to be read again */
  async #take(record: LogRecord): Promise<void> {
    const type = this.#options.catalogue.canonicalType(record.headers.ce_type ?? '');
    if (this.#closing.signal.aborted || !this.#scope.types.has(type)) return;
    const reading = await this.#reader.read(record);
    if (this.#closing.signal.aborted) return;
    if (reading.kind === 'poison') return this.#options.onError(reading.error);
    try {
      await this.#options.onEvent(reading.event);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const pauses = new Backoff(RESTART);
    while (!signal.aborted) {
      try {
        this.#consumer = this.#createConsumer();
        await this.#consumer.run(this);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onError(error);
        if (!isMillraceError(error) || !error.retriable) throw error;
        await delay(pauses.nextMs(), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #createConsumer(): LogConsumer {
    const { brokers } = this.#options;
    const logger = createLogger({ service: 'subscription', level: 'silent' });
    // One partition after the other, so that `onEvent` is never called while it runs.
    return createLogConsumer({ brokers, groupId: this.#groupId, topics: this.#scope.topics, logger, concurrency: 1 });
  }

  async #leave(): Promise<void> {
    this.#closing.abort();
    await this.#consumer?.stop();
    await this.ended.catch(() => undefined);
    // Nobody comes back to it. Where the brokers are away, they forget it by themselves.
    await deleteGroup({ brokers: this.#options.brokers }, this.#groupId).catch(() => undefined);
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
