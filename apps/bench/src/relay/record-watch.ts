import { setTimeout as delay } from 'node:timers/promises';

import { createLogConsumer, type LogConsumer } from '@millrace/kafka';
import { createLogger } from '@millrace/telemetry';

import { Arrivals } from './arrivals.ts';

const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 5;

/** A plain consumer of a topic that does nothing but note what comes. */
export class RecordWatch {
  readonly arrivals = new Arrivals();
  readonly #consumer: LogConsumer;
  readonly #running: Promise<void>;

  private constructor(consumer: LogConsumer) {
    this.#consumer = consumer;
    this.#running = consumer.run({
      position: async () => undefined,
      handle: async ({ records }) => {
        this.arrivals.note(records, performance.now());
        return 'done';
      },
    });
    // Told by the check of the turn.
    this.#running.catch((error: unknown) => this.arrivals.complain(String(error)));
  }

  /** Reads the topic from its beginning. */
  static start(brokers: readonly string[], topic: string): RecordWatch {
    const logger = createLogger({ service: 'bench', level: 'fatal' });
    return new RecordWatch(createLogConsumer({ brokers, topics: [topic], groupId: `bench-${process.pid}`, logger }));
  }

  /** Waits for records of the turn. @returns whether so many came */
  async untilReceived(count: number): Promise<boolean> {
    const deadline = performance.now() + PATIENCE_MS;
    while (this.arrivals.received < count && performance.now() < deadline) await delay(LOOK_AGAIN_MS);
    return this.arrivals.received >= count;
  }

  async stop(): Promise<void> {
    await this.#consumer.stop();
    await this.#running.catch(() => undefined);
  }
}
