import { type Handler, HandlerRegistry } from '@millrace/core';

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

/** Asks queries by name: one handler each, and faults of the read side become problems with a code of their own. */
export class QueryBus {
  readonly #handlers = new HandlerRegistry<unknown, Answer | undefined>('query');

  /** @throws MillraceError `DUPLICATE_HANDLER` */
  register<Query extends object>(name: string, handler: Handler<Query, Answer | undefined>): void {
    this.#handlers.register(name, handler as Handler<unknown, Answer | undefined>);
  }

  /**
   * @returns undefined where there is nothing to show
   * @throws MillraceError `UNKNOWN_HANDLER`
   */
  async ask(name: string, query: object): Promise<Answer | undefined> {
    try {
      return await this.#handlers.dispatch(name, query);
    } catch (error) {
      throw readFailure(error);
    }
  }
}
