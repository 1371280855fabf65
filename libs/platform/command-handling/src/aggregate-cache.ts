import type { StreamId } from '@millrace/core';
import { LRUCache } from 'lru-cache';

import type { Aggregate } from './rehydrate.ts';

/**
 * Aggregates that were loaded or appended lately. An entry only saves work: every load still asks the store for what came
 * after it, and whether the event it ends with is still there. So one that another process has overtaken catches up, and
 * one that a restore of the database has undone is dropped. States are shared: nobody may change one.
 */
export class AggregateCache {
  readonly #entries: LRUCache<string, Aggregate<unknown>> | undefined;

  /** @param most aggregates kept; 0: none */
  constructor(most: number) {
    this.#entries = most > 0 ? new LRUCache({ max: most }) : undefined;
  }

  get isOn(): boolean {
    return this.#entries !== undefined;
  }

  get(stream: StreamId): Aggregate<unknown> | undefined {
    return this.#entries?.get(keyOf(stream));
  }

  /** Keeps an aggregate of committed events. One without a known newest event is not kept: it could not be checked. */
  set(stream: StreamId, aggregate: Aggregate<unknown>): void {
    if (aggregate.newestEventId !== undefined) this.#entries?.set(keyOf(stream), aggregate);
  }

  evict(stream: StreamId): void {
    this.#entries?.delete(keyOf(stream));
  }
}

const keyOf = ({ tenantId, aggregateType, aggregateId }: StreamId): string =>
  JSON.stringify([tenantId, aggregateType, aggregateId]);
