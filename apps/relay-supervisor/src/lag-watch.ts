import type { ConsumerGroup } from '@millrace/contracts/topology';
import type { BatchOutcome, LogPosition, RecordBatch, RecordHandler, TopicPartition } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';
import type { Gauge, Metrics } from '@millrace/telemetry';

import { RecordIndex } from './record-index.ts';

type PositionRow = { consumer_group: string; topic: string; partition: number; next_offset: number };

/**
 * Lag of every group in records and seconds, from the log and the stored positions alone: a consumer that is down cannot
 * report how far it is behind. Reads the topics once for all groups and keeps only offsets and times.
 */
export class LagWatch implements RecordHandler {
  readonly #database: Database;
  readonly #groups: readonly ConsumerGroup[];
  readonly #records: Gauge<'group'>;
  readonly #seconds: Gauge<'group'>;
  readonly #indexes = new Map<string, RecordIndex>();

  constructor({
    database,
    groups,
    metrics,
  }: {
    database: Database;
    groups: readonly ConsumerGroup[];
    metrics: Metrics;
  }) {
    this.#database = database;
    this.#groups = groups;
    this.#records = metrics.gauge({
      name: 'millrace_projection_lag_records',
      help: 'Records on the topics that the group has not applied.',
      labels: ['group'],
    });
    this.#seconds = metrics.gauge({
      name: 'millrace_projection_lag_seconds',
      help: 'Age of the oldest record that the group has not applied.',
      labels: ['group'],
    });
  }

  /** The log is read from where the slowest group stands. */
  async position({ topic, partition }: TopicPartition): Promise<LogPosition> {
    const positions = await this.#positions();
    const groups = this.#readers(topic);
    return { next: Math.min(...groups.map((group) => positions.get(`${group}/${topic}/${partition}`) ?? 0)) };
  }

  handle({ topic, partition, records }: RecordBatch): Promise<BatchOutcome> {
    const index = this.#index(topic, partition);
    for (const { offset, timestampMs } of records) index.add(offset, timestampMs);
    return Promise.resolve('done');
  }

  /** Sets the metrics and forgets what every group has passed. */
  async refresh(): Promise<void> {
    const positions = await this.#positions();
    const lags = new Map(this.#groups.map(({ group }) => [group, { records: 0, oldestMs: Infinity }]));
    for (const [key, index] of this.#indexes) {
      const readers = this.#readers(key.slice(0, key.lastIndexOf('/')));
      for (const group of readers) {
        const { records, oldestTimestampMs } = index.behind(positions.get(`${group}/${key}`) ?? 0);
        const lag = lags.get(group);
        if (lag)
          lags.set(group, {
            records: lag.records + records,
            oldestMs: Math.min(lag.oldestMs, oldestTimestampMs ?? Infinity),
          });
      }
      index.forgetBelow(Math.min(...readers.map((group) => positions.get(`${group}/${key}`) ?? 0)));
    }
    for (const [group, { records, oldestMs }] of lags) {
      this.#records.set({ group }, records);
      this.#seconds.set({ group }, records === 0 ? 0 : Math.max(0, Date.now() - oldestMs) / 1000);
    }
  }

  #readers(topic: string): string[] {
    return this.#groups.filter(({ topics }) => topics.includes(topic)).map(({ group }) => group);
  }

  #index(topic: string, partition: number): RecordIndex {
    const key = `${topic}/${partition}`;
    const index = this.#indexes.get(key) ?? new RecordIndex();
    this.#indexes.set(key, index);
    return index;
  }

  async #positions(): Promise<Map<string, number>> {
    const { rows } = await this.#database.query<PositionRow>(
      'select consumer_group, topic, partition, next_offset from consumer.positions',
    );
    return new Map(
      rows.map(({ consumer_group, topic, partition, next_offset }) => [
        `${consumer_group}/${topic}/${partition}`,
        next_offset,
      ]),
    );
  }
}
