import type { Logger } from '@millrace/telemetry';

/**
 * Runs a job again and again with a pause in between, never twice at once. A job that fails is logged and runs again
 * after the next pause.
 */
export class Periodic {
  readonly #name: string;
  readonly #job: () => Promise<void>;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #lastSuccessAt: number | undefined;

  constructor(options: { name: string; logger: Logger; job: () => Promise<void> }) {
    this.#name = options.name;
    this.#job = options.job;
    this.#logger = options.logger;
  }

  /** Starts at once. @param pauseMs between the end of a run and the start of the next */
  start(pauseMs: number): void {
    const next = () => {
      this.#running = this.#runOnce().finally(() => {
        this.#running = undefined;
        this.#timer = setTimeout(next, pauseMs);
      });
    };
    next();
  }

  /** Rejects when the last success is older than `maxAgeMs`, for a health check. */
  async assertRecent(maxAgeMs: number): Promise<void> {
    const ageMs = performance.now() - (this.#lastSuccessAt ?? -Infinity);
    if (ageMs > maxAgeMs) throw new Error(`${this.#name} has not succeeded for ${Math.round(ageMs / 1000)} s`);
  }

  /** Waits for the run under way and starts no other. */
  async stop(): Promise<void> {
    await this.#running;
    clearTimeout(this.#timer);
  }

  async #runOnce(): Promise<void> {
    try {
      await this.#job();
      this.#lastSuccessAt = performance.now();
    } catch (error) {
      this.#logger.warn({ err: error, job: this.#name }, `${this.#name} failed, trying again later`);
    }
  }
}
