/**
 * How far a group is behind, measured between the end of the log and the stored positions, not inside the consumer: a
 * dead consumer has lag too.
 */
import type { PartitionRange, TopicPartition } from '@millrace/kafka';
import type { Metrics } from '@millrace/telemetry';

import type { StoredPosition } from './position.ts';

/** Where the two ends are read. */
export type LagSources = {
  ranges(): Promise<readonly PartitionRange[]>;
  positions(): Promise<readonly StoredPosition[]>;
  /** Milliseconds since 1970; the clock of the computer by default. */
  now?(): number;
};

/** Lag of one partition. */
export type PartitionLagSample = TopicPartition & {
  /** The stored position; the first record of the log where there is none. */
  readonly nextOffset: number;
  readonly records: number;
  /** The read model shows everything that had happened until then. */
  readonly freshAtMs: number;
};

/** Keeps the last sample of a group's lag. */
export class LagMeter {
  readonly #sources: LagSources;
  readonly #now: () => number;
  #samples: ReadonlyMap<string, PartitionLagSample> = new Map();
  #sampledAtMs = 0;

  constructor(sources: LagSources) {
    this.#sources = sources;
    this.#now = () => sources.now?.() ?? Date.now();
  }

  /** Measures now. Errors of the sources leave the last sample as it is. */
  async sample(): Promise<readonly PartitionLagSample[]> {
    const startedAtMs = this.#now();
    const [positions, ranges] = await Promise.all([this.#sources.positions(), this.#sources.ranges()]);
    const stored = new Map(positions.map((position) => [keyOf(position), position]));
    const samples = ranges.map(({ topic, partition, first, end }) => {
      const position = stored.get(keyOf({ topic, partition }));
      const nextOffset = position?.nextOffset ?? first;
      const records = Math.max(0, end - nextOffset);
      return {
        topic,
        partition,
        nextOffset,
        records,
        freshAtMs: this.#freshAt({ topic, partition }, records, position),
      };
    });
    this.#samples = new Map(samples.map((sample) => [keyOf(sample), sample]));
    this.#sampledAtMs = startedAtMs;
    return samples;
  }

  /** Records behind, over all partitions; `undefined` before the first sample. */
  records(): number | undefined {
    if (this.#sampledAtMs === 0) return undefined;
    return [...this.#samples.values()].reduce((sum, { records }) => sum + records, 0);
  }

  /** Age in seconds of what the most delayed partition shows; 0 when all are at the end. Grows between samples. */
  seconds(): number | undefined {
    if (this.#sampledAtMs === 0) return undefined;
    const behind = [...this.#samples.values()].filter(({ records }) => records > 0);
    return behind.reduce((most, { freshAtMs }) => Math.max(most, (this.#now() - freshAtMs) / 1_000), 0);
  }

  // At the end of the log everything shows. Behind it, all until the last applied event does, or until it was last seen
  // at the end: after a quiet hour the next event is not an hour late.
  #freshAt(at: TopicPartition, records: number, position: StoredPosition | undefined): number {
    const now = this.#now();
    if (records === 0) return now;
    const seen = this.#samples.get(keyOf(at))?.freshAtMs;
    const applied = position?.lastEventTime ? Date.parse(position.lastEventTime) : undefined;
    return Math.min(now, Math.max(seen ?? applied ?? now, applied ?? 0));
  }
}

/** Publishes the lag of a group as gauges, set at each scrape. */
export function exposeLag(metrics: Metrics, group: string, meter: LagMeter): void {
  metrics.gauge({
    name: 'millrace_projection_lag_records',
    help: 'Records between the stored positions of the group and the end of its topics.',
    labels: ['group'],
    collect: (gauge) => setIfKnown(meter.records(), (value) => gauge.set({ group }, value)),
  });
  metrics.gauge({
    name: 'millrace_projection_lag_seconds',
    help: 'Age of what the most delayed partition of the group shows; 0 at the end of the log.',
    labels: ['group'],
    collect: (gauge) => setIfKnown(meter.seconds(), (value) => gauge.set({ group }, value)),
  });
}

function setIfKnown(value: number | undefined, set: (value: number) => void): void {
  if (value !== undefined) set(value);
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
