import { MillraceError } from './errors.ts';

/** Handles one message type. */
export type Handler<Input, Output> = (input: Input) => Promise<Output>;

/**
 * Command bus or query bus: exactly one handler per name, looked up by name.
 * `kind` only words the errors ("command", "query").
 */
export class HandlerRegistry<Input, Output> {
  readonly #kind: string;
  readonly #handlers = new Map<string, Handler<Input, Output>>();

  constructor(kind: 'command' | 'query') {
    this.#kind = kind;
  }

  /** @throws MillraceError `DUPLICATE_HANDLER` when the name is taken */
  register(name: string, handler: Handler<Input, Output>): void {
    if (this.#handlers.has(name))
      throw new MillraceError('DUPLICATE_HANDLER', `${this.#kind} ${name} has a handler already`, { facts: { name } });
    this.#handlers.set(name, handler);
  }

  /** Registered names, sorted. */
  names(): string[] {
    return [...this.#handlers.keys()].sort();
  }

  /** @throws MillraceError `UNKNOWN_HANDLER` when nothing is registered under the name */
  async dispatch(name: string, input: Input): Promise<Output> {
    const handler = this.#handlers.get(name);
    if (!handler)
      throw new MillraceError('UNKNOWN_HANDLER', `no handler for ${this.#kind} ${name}`, { facts: { name } });
    return handler(input);
  }
}
