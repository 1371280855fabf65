import { setTimeout as delay } from 'node:timers/promises';

import { isMillraceError, MillraceError } from '@millrace/core';
import type { Logger } from '@millrace/telemetry';
import type { Admin, Consumer, Kafka } from 'kafkajs';

import { safeInteger, unavailable } from './kafka-client.ts';
import type { LogPosition, TopicPartition } from './log-consumer.ts';
import type { Overlap } from './overlap.ts';
import { partitionKey } from './partition-key.ts';
import type { PartitionReader } from './partition-reader.ts';

/** What positioning works with. */
export type PositioningParts = {
  readonly kafka: Kafka;
  readonly consumer: Consumer;
  readonly groupId: string;
  readonly logger: Logger;
  /** The position as stored with the effects. */
  readonly stored: (partition: TopicPartition) => Promise<LogPosition | undefined>;
  /** Told of an error that no further try can mend. */
  readonly fail: (error: unknown) => void;
};

const RETRY_MS = { first: 200, longest: 5_000 };

/** Brings readers to where their stored positions say that they go on; asks again for as long as nobody can tell. */
export class Positioning {
  readonly #parts: PositioningParts;
  #admin: Admin;

  constructor(parts: PositioningParts) {
    this.#parts = parts;
    this.#admin = parts.kafka.admin();
  }

  connect(): Promise<void> {
    return this.#admin.connect();
  }

  disconnect(): Promise<void> {
    return this.#admin.disconnect();
  }

  /** Pauses the partitions, and lets them go on from their stored positions when `ready`. */
  begin(readers: readonly PartitionReader[], ready: Promise<unknown>): void {
    const { consumer, fail } = this.#parts;
    const turns = readers.map((reader) => {
      reader.next = undefined;
      consumer.pause([{ topic: reader.at.topic, partitions: [reader.at.partition] }]);
      return { reader, turn: (reader.turn += 1) };
    });
    ready.then(() => this.#position(turns)).catch(fail);
  }

  async #position(turns: readonly Turn[]): Promise<void> {
    const { logger, groupId } = this.#parts;
    let retryMs = RETRY_MS.first;
    for (;;) {
      const waiting = turns.filter((turn) => isWaiting(turn));
      if (waiting.length === 0) return;
      try {
        for (const turn of waiting) await this.#seekToPosition(turn);
      } catch (error) {
        const cause = unavailable(error);
        if (!isMillraceError(cause) || !cause.retriable) throw cause;
        logger.warn({ err: cause, group: groupId }, 'no position yet');
        await delay(retryMs, undefined, { ref: false });
        retryMs = Math.min(retryMs * 2, RETRY_MS.longest);
        // Once all are released the consumer may be closed, and nobody would disconnect a new client.
        if (turns.some((turn) => isWaiting(turn))) await this.#renewAdmin();
      }
    }
  }

  /** The admin client of kafkajs keeps leaders and partitions as they were for minutes, and errors do not make it look again. */
  async #renewAdmin(): Promise<void> {
    void this.#admin.disconnect().catch(() => undefined);
    this.#admin = this.#parts.kafka.admin();
    await this.#admin.connect().catch(() => undefined);
  }

  async #seekToPosition(turn: Turn): Promise<void> {
    const { reader } = turn;
    if (!isWaiting(turn)) return;
    const { topic, partition } = reader.at;
    const { consumer } = this.#parts;
    const stored = await this.#parts.stored(reader.at);
    // Asked after a release, the client of a consumer that has stopped would connect again, and nobody would close it.
    if (!isWaiting(turn)) return;
    const offsets = await this.#admin.fetchTopicOffsets(topic);
    const range = offsets.find((offset) => offset.partition === partition);
    if (!range)
      throw new MillraceError('KAFKA_UNAVAILABLE', `${partitionKey(reader.at)} is not known to the client yet`);
    const log = { first: safeInteger(range.low), end: safeInteger(range.high) };
    const next = startWithin(reader.at, stored?.next, log);
    // The position that was read may be old by now: a later turn has been on from there.
    if (!isWaiting(turn)) return;
    reader.overlap = overlapAt(next, stored?.last, log);
    reader.next = reader.overlap?.last.offset ?? next;
    consumer.seek({ topic, partition, offset: String(reader.next) });
    consumer.resume([{ topic, partitions: [partition] }]);
  }
}

/** One positioning of one reader. */
type Turn = { readonly reader: PartitionReader; readonly turn: number };

function isWaiting({ reader, turn }: Turn): boolean {
  return !reader.released && reader.next === undefined && reader.turn === turn;
}

/** Retention may have taken the last record: then nothing tells, and the position stands. */
function overlapAt(next: number, last: LogPosition['last'], { first }: { first: number }): Overlap | undefined {
  return last && last.offset >= first && last.offset < next ? { last, next, first } : undefined;
}

/** @throws MillraceError `PREFLIGHT_FAILED` when the log does not hold what comes next after the stored position */
function startWithin(at: TopicPartition, stored: number | undefined, log: { first: number; end: number }): number {
  const next = stored ?? log.first;
  if (next >= log.first && next <= log.end) return next;
  const message =
    `${partitionKey(at)} holds offsets ${log.first} to ${log.end}, but the stored position is ${next}: ` +
    'records were deleted, or the topic was made anew. Rebuild from the event store; nothing was skipped.';
  throw new MillraceError('PREFLIGHT_FAILED', message, { facts: { ...at, ...log, next } });
}
