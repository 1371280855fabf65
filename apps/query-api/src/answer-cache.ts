import type { Counter, Metrics } from '@millrace/telemetry';
import { LRUCache } from 'lru-cache';

import type { Answer } from './query-bus.ts';

/** An answer, and what its data was stamped with. */
export type Stamped = { readonly stamp: string; readonly answer: Answer };

/** Where an answer comes from, and what tells whether an earlier one still holds. */
export type AnswerSource = {
  /** Names the question: tenant, query, everything asked. */
  readonly key: readonly [query: string, tenantId: string, ...rest: unknown[]];
  /** Stamp of the data as it is now; undefined when there is none. */
  currentStamp(): Promise<string | undefined>;
  /** Reads the data, with a stamp that is not newer than what was read. */
  load(): Promise<Stamped | undefined>;
};

const LARGEST_TOTAL_BYTES = 64 * 1024 * 1024;

/**
 * Keeps answers of all tenants apart, and uses one only after the database has said that its data is unchanged: it saves
 * reading and writing out the data, never the question whether it is current. So processes never disagree, and no
 * invalidation can be missed. That something does not exist is not kept.
 */
export class AnswerCache {
  readonly #entries: LRUCache<string, Stamped> | undefined;
  readonly #hits: Counter<'query'>;
  readonly #misses: Counter<'query'>;

  constructor({ entries, metrics }: { entries: number; metrics: Metrics }) {
    if (entries > 0) {
      const sizeCalculation = ({ answer }: Stamped, key: string) => 2 * (answer.body.length + key.length);
      this.#entries = new LRUCache({ max: entries, maxSize: LARGEST_TOTAL_BYTES, sizeCalculation });
    }
    this.#hits = metrics.counter({
      name: 'millrace_cache_hits_total',
      help: 'Answers given from the cache.',
      labels: ['query'],
    });
    this.#misses = metrics.counter({
      name: 'millrace_cache_misses_total',
      help: 'Answers read anew.',
      labels: ['query'],
    });
  }

  /** The answer as of now; undefined where there is nothing. */
  async answer(source: AnswerSource): Promise<Answer | undefined> {
    const [query] = source.key;
    const key = JSON.stringify(source.key);
    const kept = this.#entries?.get(key);
    if (kept && kept.stamp === (await source.currentStamp())) {
      this.#hits.inc({ query });
      return kept.answer;
    }
    this.#misses.inc({ query });
    const loaded = await source.load();
    if (loaded) this.#entries?.set(key, loaded);
    else this.#entries?.delete(key);
    return loaded?.answer;
  }
}
