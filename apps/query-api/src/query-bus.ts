import { type Handler, HandlerRegistry } from '@millrace/core';
import type { Histogram, Metrics } from '@millrace/telemetry';

import { readFailure } from './read-failure.ts';

/** What a query is answered with. */
export type Answer = {
  /** JSON text. */
  readonly body: string;
  /** Version of the one aggregate that the answer shows. */
  readonly version?: number;
  /** How far the projection was that a list comes from: it grows while the projection moves. */
  readonly position?: number;
  /** It will change soon: ask again. */
  readonly pending?: true;
};

/**
 * Asks queries by name: one handler each, and faults of the read side become problems with a code of their own. Tells
 * how many there were and how long they took, by name and outcome.
 */
export class QueryBus {
  readonly #handlers = new HandlerRegistry<unknown, Answer | undefined>('query');
  readonly #seconds: Histogram<'query' | 'outcome'>;

  constructor(metrics: Metrics) {
    this.#seconds = metrics.histogram({
      name: 'millrace_query_seconds',
      help: 'Duration of a query by what became of it.',
      labels: ['query', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    });
  }

  /** @throws MillraceError `DUPLICATE_HANDLER` */
  register<Query extends object>(name: string, handler: Handler<Query, Answer | undefined>): void {
    this.#handlers.register(name, handler as Handler<unknown, Answer | undefined>);
  }

  /**
   * @returns undefined where there is nothing to show
   * @throws MillraceError `UNKNOWN_HANDLER`
   */
  async ask(name: string, query: object): Promise<Answer | undefined> {
    const done = this.#seconds.startTimer({ query: name });
    try {
      const answer = await this.#handlers.dispatch(name, query);
      done({ outcome: answer ? 'answered' : 'nothing' });
      return answer;
    } catch (error) {
      done({ outcome: 'failed' });
      throw readFailure(error);
    }
  }
}
