/** The Kafka of a run: the broker of the stack, in a folder that is gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Environment } from '@millrace/config';
import { ensureTopics, groupLag } from '@millrace/kafka';
import { openTestProducer, type TestRecord } from '@millrace/kafka/testing';
import { type EmbeddedKafka, startEmbeddedKafka } from '@millrace/stack';

import { cpuMicros } from './cpu.ts';

/** A topic and what is on it. */
export type FilledTopic = {
  readonly name: string;
  readonly partitions: number;
  readonly records: readonly TestRecord[];
};

/** Records of one request. */
const PIECE = 1_000;
const READY_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/** One broker, with topics that are filled once. */
export class BenchKafka {
  readonly #home: string;
  readonly #broker: EmbeddedKafka;
  #groups = 0;

  private constructor(home: string, broker: EmbeddedKafka) {
    this.#home = home;
    this.#broker = broker;
  }

  /** @throws MillraceError `STACK_FAILED` */
  static async start(environment: Environment): Promise<BenchKafka> {
    const home = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
    return new BenchKafka(home, await startEmbeddedKafka({ home, environment }));
  }

  get brokers(): readonly string[] {
    return this.#broker.brokers;
  }

  /** Processor time of the broker so far, in microseconds. */
  get cpu(): number {
    return cpuMicros(this.#broker.pid, 'tree');
  }

  /** Makes a topic and puts records on it, each on the partition of its key. */
  async fill({ name, partitions, records }: FilledTopic): Promise<void> {
    await ensureTopics({ brokers: this.brokers }, [{ name, partitions, replicationFactor: 1 }]);
    const producer = await openTestProducer(this.brokers);
    try {
      for (let first = 0; first < records.length; first += PIECE)
        await producer.send(name, records.slice(first, first + PIECE));
    } finally {
      await producer.close();
    }
  }

  /** A name for a group that the broker is ready to coordinate: a young one loads what it knows of groups first. */
  async group(name: string, topic: string): Promise<string> {
    this.#groups += 1;
    const group = `${name}-${this.#groups}`;
    const deadline = performance.now() + READY_MS;
    for (;;) {
      try {
        await groupLag({ brokers: this.brokers }, group, [topic]);
        return group;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await delay(LOOK_AGAIN_MS);
      }
    }
  }

  async stop(): Promise<void> {
    await this.#broker.stop();
    await rm(this.#home, { recursive: true, force: true });
  }
}
