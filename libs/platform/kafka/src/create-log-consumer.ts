import { setTimeout as delay } from 'node:timers/promises';

import { MillraceError } from '@millrace/core';
import type { Logger } from '@millrace/telemetry';
import type {
  Consumer,
  ConsumerEndBatchProcessEvent,
  EachBatchPayload,
  IMemberAssignment,
  RequestTimeoutEvent,
} from 'kafkajs';

import { CONCURRENCY, fetching } from './fetching.ts';
import { kafkaClient, safeInteger, unavailable } from './kafka-client.ts';
import type { LogConsumer, LogConsumerState, RecordBatch, RecordHandler } from './log-consumer.ts';
import { OffsetCommits } from './offset-commits.ts';
import { behindOverlap, type Overlap } from './overlap.ts';
import { partitionKey } from './partition-key.ts';
import { PartitionReader } from './partition-reader.ts';
import { Positioning } from './positioning.ts';
import { fetchedAt, sliced } from './record-batches.ts';

/** How a member of a group reads. */
export type LogConsumerOptions = {
  readonly brokers: readonly string[];
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly logger: Logger;
  /** Partitions that are handled at the same time. Default 4. */
  readonly concurrency?: number;
  /** Most records in one call of the handler. Default 500. */
  readonly maxBatchRecords?: number;
  /** After this long without a heartbeat the group goes on without this member. More than 2 s; default 15 s. */
  readonly sessionTimeoutMs?: number;
};

// Members learn of a rebalance by their next heartbeat, so its length is the pause that a deployment causes.
const HEARTBEAT_MS = 2_000;
// kafkajs beats between batches only; within one, a timer does.
const BATCH_HEARTBEAT_MS = 500;
// How long the others wait in a rebalance for a member to finish its batch.
const REBALANCE_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 10_000;
// A fetch gives up 5 s after it should have been answered. One may be a pause of the broker, two are a dead connection.
const UNANSWERED_LIMIT = 2;

/** A consumer on kafkajs: `read_committed`, commits to Kafka for monitoring only, positions from the handler. */
export function createLogConsumer(options: LogConsumerOptions): LogConsumer {
  return new KafkajsConsumer(options);
}

class KafkajsConsumer implements LogConsumer {
  readonly #options: Required<LogConsumerOptions>;
  readonly #consumer: Consumer;
  readonly #positioning: Positioning;
  readonly #ending = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #commits: OffsetCommits;
  #readers: ReadonlyMap<string, PartitionReader> = new Map();
  /** Every batch of earlier assignments has ended. */
  #drained: Promise<unknown> = Promise.resolve();
  /** Requests in a row that each broker has left without an answer. */
  readonly #unanswered = new Map<string, number>();
  #handler: RecordHandler | undefined;
  #joined = false;
  #stopping = false;
  /** Stopping, or ended by an error. kafkajs may still join the group late; whatever it brings then is dropped. */
  #over = false;
  #heartbeatAt = 0;
  #activeAt = performance.now();

  constructor(options: LogConsumerOptions) {
    this.#options = { concurrency: CONCURRENCY, maxBatchRecords: 500, sessionTimeoutMs: 15_000, ...options };
    const { groupId, logger, sessionTimeoutMs, brokers } = this.#options;
    const address = { brokers, clientId: groupId };
    this.#consumer = kafkaClient(address, logger, () => this.#doubtPositions()).consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      ...fetching,
    });
    this.#positioning = new Positioning({
      ...{ kafka: kafkaClient(address, logger), consumer: this.#consumer, groupId, logger },
      stored: async (partition) => this.#handler?.position(partition),
      fail: (error) => this.#end(error),
    });
    this.#commits = new OffsetCommits(this.#consumer, logger);
    this.#ending.promise.catch(() => undefined);
  }

  async run(handler: RecordHandler): Promise<void> {
    this.#handler = handler;
    this.#listen();
    const started = this.#start();
    try {
      await Promise.race([started, this.#ending.promise]);
      await this.#ending.promise;
    } catch (error) {
      throw unavailable(error);
    } finally {
      await this.#close(started);
      this.#closed.resolve();
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#over = true;
    this.#release();
    await Promise.all([...this.#readers.values()].map((reader) => reader.idle()));
    await this.#commits.flush();
    this.#ending.resolve();
    if (this.#handler) await this.#closed.promise;
  }

  state(): LogConsumerState {
    const held = [...this.#readers.values()].filter(({ released }) => !released);
    const assigned = held.map(({ at, next }) => ({ ...at, next }));
    return { joined: this.#joined, assigned, heartbeatAt: this.#heartbeatAt, activeAt: this.#activeAt };
  }

  #listen(): void {
    const consumer = this.#consumer;
    const { GROUP_JOIN, HEARTBEAT, CRASH, END_BATCH_PROCESS, REQUEST, REQUEST_TIMEOUT } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => this.#assign(payload.memberAssignment));
    consumer.on(HEARTBEAT, () => void (this.#heartbeatAt = performance.now()));
    consumer.on(CRASH, ({ payload }) => this.#end(payload.error));
    consumer.on(END_BATCH_PROCESS, ({ payload }) => this.#passEmpty(payload));
    consumer.on(REQUEST, ({ payload }) => void this.#unanswered.delete(payload.broker));
    consumer.on(REQUEST_TIMEOUT, ({ payload }) => this.#countUnanswered(payload));
  }

  /** kafkajs asks again on the same dead connection, for minutes. A new consumer dials anew, and finds new leaders. */
  #countUnanswered({ apiName, broker }: RequestTimeoutEvent['payload']): void {
    const inARow = (this.#unanswered.get(broker) ?? 0) + 1;
    this.#unanswered.set(broker, inARow);
    if (inARow < UNANSWERED_LIMIT) return;
    this.#end(new MillraceError('KAFKA_UNAVAILABLE', `broker ${broker} answers nothing, last ${apiName}`));
  }

  async #start(): Promise<void> {
    await this.#positioning.connect();
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: this.#options.concurrency,
      eachBatch: (payload) => this.#deliver(payload),
    });
  }

  /** Runs inside kafkajs' join, before the first fetch of the new assignment: pausing here keeps that fetch out. */
  #assign(assignment: IMemberAssignment): void {
    if (this.#over) return;
    const before = [...this.#readers.values()];
    // Of the assignments before the last one as well: when they follow fast, a batch of the first may still be under way.
    this.#drained = Promise.all([this.#drained, ...before.map((reader) => reader.idle())]);
    this.#release();
    this.#commits.forget();
    const partitions = Object.entries(assignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    const readers = partitions.map((at) => new PartitionReader(at));
    this.#readers = new Map(readers.map((reader) => [partitionKey(reader.at), reader]));
    this.#joined = true;
    this.#heartbeatAt = this.#activeAt = performance.now();
    this.#positioning.begin(readers, this.#drained);
  }

  /**
   * A broker that was away may come back with a shorter log, and grow past the position before the next fetch: then other
   * records stand where this member goes on. So whoever keeps the position is asked again, behind the batch under way.
   */
  #doubtPositions(): void {
    for (const reader of this.#readers.values())
      void this.#queue(reader, async () => {
        if (!this.#over && !reader.released) this.#positioning.begin([reader], Promise.resolve());
      });
  }

  #release(): void {
    for (const reader of this.#readers.values()) reader.released = true;
  }

  async #deliver(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const reader = this.#readers.get(partitionKey(batch));
    if (!reader) return;
    // A heartbeat that fails announces a rebalance: the slice under way is finished, the rest is left to the next owner.
    let leaving = false;
    const beat = () => void payload.heartbeat().catch(() => (leaving = true));
    const beating = setInterval(beat, BATCH_HEARTBEAT_MS);
    await this.#queue(reader, async () => {
      if (!this.#isNext(reader, fetchedAt(batch))) return;
      for (const slice of sliced(batch, this.#options.maxBatchRecords)) {
        const next = leaving ? undefined : await this.#handle(reader, slice);
        if (next === undefined) break;
        payload.resolveOffset(String(next - 1));
      }
      this.#commit(reader);
    });
    clearInterval(beating);
  }

  /** kafkajs keeps batches of aborted records and markers to itself; the position moves past them all the same. */
  #passEmpty({ topic, partition, batchSize, firstOffset, lastOffset, highWatermark }: EndBatch): void {
    const reader = this.#readers.get(partitionKey({ topic, partition }));
    if (batchSize > 0 || !reader) return;
    const nextOffset = safeInteger(lastOffset) + 1;
    const empty = { topic, partition, records: [], nextOffset, highWatermark: safeInteger(highWatermark) };
    void this.#queue(reader, async () => {
      if (!this.#isNext(reader, safeInteger(firstOffset))) return;
      if ((await this.#handle(reader, empty)) !== undefined) this.#commit(reader);
    });
  }

  #queue(reader: PartitionReader, work: () => Promise<void>): Promise<void> {
    return reader.queue(() => work().catch((error: unknown) => this.#end(error)));
  }

  #isNext(reader: PartitionReader, offset: number): boolean {
    if (reader.released || reader.next === undefined) return false;
    if (offset !== reader.next) this.#positioning.begin([reader], Promise.resolve());
    return offset === reader.next;
  }

  /** @returns where the reader goes on; `undefined` where it must not go on behind the batch */
  async #handle(reader: PartitionReader, fetched: RecordBatch): Promise<number | undefined> {
    if (reader.released || !this.#handler) return undefined;
    this.#activeAt = performance.now();
    const { overlap } = reader;
    if (!overlap) return this.#apply(reader, this.#handler, fetched);
    const batch = behindOverlap(overlap, fetched);
    if (!batch) return this.#giveUpLog(reader, overlap);
    reader.overlap = undefined;
    if (batch.nextOffset > overlap.next) return this.#apply(reader, this.#handler, batch);
    return (reader.next = overlap.next);
  }

  async #apply(reader: PartitionReader, handler: RecordHandler, batch: RecordBatch): Promise<number | undefined> {
    const outcome = await handler.handle(batch);
    if (outcome === 'done') {
      reader.next = batch.nextOffset;
    } else if (!reader.released) {
      this.#positioning.begin([reader], delay(outcome.readAgainInMs, undefined, { ref: false }));
    }
    return outcome === 'done' && !reader.released ? batch.nextOffset : undefined;
  }

  /** The handler decides where another log is read from. */
  async #giveUpLog(reader: PartitionReader, { last, first }: Overlap): Promise<undefined> {
    const facts = { ...reader.at, offset: last.offset, first };
    const message = `${partitionKey(reader.at)} holds another record at offset ${last.offset} than was read there`;
    this.#options.logger.error({ ...facts, group: this.#options.groupId }, message);
    await last.changed(first);
    this.#positioning.begin([reader], Promise.resolve());
  }

  #commit({ at, next, released }: PartitionReader): void {
    if (next !== undefined && (!released || this.#stopping)) this.#commits.add(at, next);
  }

  #end(error: unknown): void {
    this.#over = true;
    this.#release();
    this.#joined = false;
    this.#ending.reject(error);
  }

  async #close(started: Promise<void>): Promise<void> {
    this.#over = true;
    this.#release();
    this.#commits.forget();
    this.#joined = false;
    // kafkajs cannot be stopped while it starts: it would stay in the group and keep partitions that nobody reads.
    const settled = started.catch(() => undefined);
    const disconnected = settled.then(() =>
      Promise.allSettled([this.#consumer.disconnect(), this.#positioning.disconnect()]),
    );
    await Promise.race([disconnected, delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }
}

type EndBatch = ConsumerEndBatchProcessEvent['payload'];
