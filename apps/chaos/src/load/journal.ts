/**
 * What the clients did and were told, in the words of Jepsen: one line per entry, on disk before anything follows from it.
 *
 *     invoke  before the first sending of a command
 *     ok      it was acknowledged, with this version
 *     fail    it was refused; it must have left nothing
 *     info    nobody knows: it may have happened or not. Sent again with the same key, so ok or fail follows, or the run ended
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

import type { Step } from './lives.ts';

/** A command as it was first sent; its key is also the correlation id of its events. */
export type Invocation = Pick<Step, 'aggregateType' | 'aggregateId' | 'path'> & {
  readonly key: string;
  readonly tenantId: string;
};

/** What became of a command. */
export type Outcome =
  | { readonly kind: 'ok'; readonly version: number }
  | { readonly kind: 'fail'; readonly status: number; readonly code: string }
  | { readonly kind: 'info'; readonly problem: string };

/** A command and the last that was heard of it; without an outcome it was never answered. */
export type JournalEntry = { readonly invocation: Invocation; readonly outcome?: Outcome };

/** The journal of all clients of one run. */
export class Journal {
  readonly #file: number;
  readonly #entries = new Map<string, { invocation: Invocation; outcome?: Outcome }>();
  #acknowledged = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  /** Acknowledged commands. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get entries(): readonly JournalEntry[] {
    return [...this.#entries.values()];
  }

  invoke(invocation: Invocation): void {
    this.#entries.set(invocation.key, { invocation });
    this.#write({ op: 'invoke', ...invocation });
  }

  settle(key: string, outcome: Outcome): void {
    const entry = this.#entries.get(key);
    if (!entry) throw new Error(`command ${key} was never invoked`);
    entry.outcome = outcome;
    this.#write({ op: outcome.kind, key, ...outcome });
    if (outcome.kind === 'ok') this.#acknowledged += 1;
  }

  /** A place in the journal, for `rollBack`. */
  mark(): number {
    return this.#entries.size;
  }

  /** Forgets the commands since a mark: somebody has put back an older store, which ended their timeline. */
  rollBack(mark: number): void {
    const ended = [...this.#entries.keys()].slice(mark);
    for (const key of ended) this.#entries.delete(key);
    this.#write({ op: 'restored', ended: ended.length });
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(line: object): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
    fsyncSync(this.#file);
  }
}
