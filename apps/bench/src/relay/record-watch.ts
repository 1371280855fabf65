import { setTimeout as delay } from 'node:timers/promises';

import { createLogConsumer, type LogConsumer, type RecordBatch } from '@millrace/kafka';
import { createLogger } from '@millrace/telemetry';

const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 5;
/** More of them would say the same. */
const MOST_TOLD = 3;

/** An event as a consumer can name it. */
export const placeOf = (aggregateId: string, version: number): string => `${aggregateId}/${version}`;

/** A plain consumer of a topic that notes when each event came, and whether versions came one after the other. */
export class RecordWatch {
  readonly #consumer: LogConsumer;
  readonly #running: Promise<void>;
  readonly #versions = new Map<string, number>();
  #arrivals = new Map<string, number>();
  #disorder: string[] = [];
  #receivedBefore = 0;
  #received = 0;

  private constructor(consumer: LogConsumer) {
    this.#consumer = consumer;
    this.#running = consumer.run({
      position: async () => undefined,
      handle: async (batch) => {
        this.#note(batch);
        return 'done';
      },
    });
    // Told where records are waited for.
    this.#running.catch((error: unknown) => this.#disorder.push(String(error)));
  }

  /** Reads the topic from its beginning. */
  static start(brokers: readonly string[], topic: string): RecordWatch {
    const logger = createLogger({ service: 'bench', level: 'fatal' });
    return new RecordWatch(createLogConsumer({ brokers, topics: [topic], groupId: `bench-${process.pid}`, logger }));
  }

  /** Forgets what came: a turn begins. */
  begin(): void {
    this.#receivedBefore += this.#received;
    this.#received = 0;
    this.#arrivals = new Map();
    this.#disorder = [];
  }

  /** Records since the turn began. */
  get received(): number {
    return this.#received;
  }

  get receivedEver(): number {
    return this.#receivedBefore + this.#received;
  }

  /** What came out of order, twice, or after a gap since the turn began. */
  get disorder(): readonly string[] {
    return this.#disorder;
  }

  /** When an event came, by `performance.now()`. */
  arrivalOf(place: string): number | undefined {
    return this.#arrivals.get(place);
  }

  /** Waits for records of the turn. @returns whether so many came */
  async untilReceived(count: number): Promise<boolean> {
    const deadline = performance.now() + PATIENCE_MS;
    while (this.#received < count && performance.now() < deadline) await delay(LOOK_AGAIN_MS);
    return this.#received >= count;
  }

  async stop(): Promise<void> {
    await this.#consumer.stop();
    await this.#running.catch(() => undefined);
  }

  #note({ records }: RecordBatch): void {
    const now = performance.now();
    for (const { key, headers } of records) {
      const [aggregateId, version] = [key ?? '', Number(headers['ce_aggregateversion'])];
      const last = this.#versions.get(aggregateId) ?? 0;
      if (version !== last + 1 && this.#disorder.length < MOST_TOLD)
        this.#disorder.push(`version ${version} of ${aggregateId} came after ${last}`);
      this.#versions.set(aggregateId, version);
      this.#arrivals.set(placeOf(aggregateId, version), now);
      this.#received += 1;
    }
  }
}
