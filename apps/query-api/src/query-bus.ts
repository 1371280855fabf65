import { type Handler, HandlerRegistry } from '@millrace/core';

import type { OrderQueries } from './orders/order-queries.ts';
import { readFailure } from './read-failure.ts';

/** Every query by name, with what it asks. */
export type Queries = OrderQueries;

/** What a query is answered with. */
export type Answer = {
  /** JSON text. */
  readonly body: string;
  /** Version of the one aggregate that the answer shows. */
  readonly version?: number;
  /** How far the projection was that a list comes from: it grows while the projection moves. */
  readonly position?: number;
};

/** Asks queries by name: one handler each, and faults of the read side become problems with a code of their own. */
export class QueryBus {
  readonly #handlers = new HandlerRegistry<unknown, Answer | undefined>('query');

  /** @throws MillraceError `DUPLICATE_HANDLER` */
  register<Name extends keyof Queries>(name: Name, handler: Handler<Queries[Name], Answer | undefined>): void {
    this.#handlers.register(name, handler as Handler<unknown, Answer | undefined>);
  }

  /** @returns undefined where there is nothing to show */
  async ask<Name extends keyof Queries>(name: Name, query: Queries[Name]): Promise<Answer | undefined> {
    try {
      return await this.#handlers.dispatch(name, query);
    } catch (error) {
      throw readFailure(error);
    }
  }
}
