import { Periodic } from '@millrace/http';
import { createLogConsumer, type LogConsumer, type LogConsumerOptions, type RecordHandler } from '@millrace/kafka';

const RESTART_PAUSE_MS = 1_000;

/** Reads topics for as long as the process lives: a consumer that ends is followed by another. */
export class LogReader {
  readonly #reading: Periodic;
  #consumer: LogConsumer | undefined;

  constructor(options: LogConsumerOptions, handler: RecordHandler) {
    this.#reading = new Periodic({
      name: 'log reader',
      logger: options.logger,
      job: () => {
        this.#consumer = createLogConsumer(options);
        return this.#consumer.run(handler);
      },
    });
  }

  start(): void {
    this.#reading.start(RESTART_PAUSE_MS);
  }

  async stop(): Promise<void> {
    await this.#consumer?.stop();
    await this.#reading.stop();
  }
}
