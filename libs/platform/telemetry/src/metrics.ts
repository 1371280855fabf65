import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import manifest from '../package.json' with { type: 'json' };

export type { Counter, Gauge, Histogram } from 'prom-client';

/** What a metric is called, what it counts, and its labels: few values each, never an id, never a tenant. */
export type MetricDefinition<Label extends string = string> = {
  /** With its unit: `_total`, `_seconds`, `_bytes`, `_info`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
};

/**
 * Metrics of one process. A metric is declared once, in the file that counts it; declaring a name twice throws.
 */
export type Metrics = {
  counter<Label extends string = string>(definition: MetricDefinition<Label>): Counter<Label>;
  /** `buckets`: upper bounds in the unit of the name; those of prom-client (5 ms to 10 s) by default. */
  histogram<Label extends string = string>(
    definition: MetricDefinition<Label> & { readonly buckets?: readonly number[] },
  ): Histogram<Label>;
  /** `collect` runs at every scrape, to set the gauge just in time. */
  gauge<Label extends string = string>(
    definition: MetricDefinition<Label> & { readonly collect?: (gauge: Gauge<Label>) => void | Promise<void> },
  ): Gauge<Label>;
  /** All metrics in the text format of Prometheus, and its content type. */
  scrape(): Promise<{ readonly contentType: string; readonly body: string }>;
};

/** Metrics of a process, with those of Node (memory, event loop, garbage collection) and `millrace_build_info`. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const named = <Label extends string>({ name, help, labels = [] }: MetricDefinition<Label>) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  const metrics: Metrics = {
    counter: (definition) => new Counter(named(definition)),
    histogram: ({ buckets, ...definition }) =>
      new Histogram({ ...named(definition), ...(buckets && { buckets: [...buckets] }) }),
    gauge: ({ collect, ...definition }) =>
      new Gauge({
        ...named(definition),
        ...(collect && {
          collect() {
            return collect(this);
          },
        }),
      }),
    scrape: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
  const info = {
    name: 'millrace_build_info',
    help: 'Which build runs; always 1.',
    labels: ['service', 'version', 'node'],
  };
  metrics.gauge(info).set({ service, version: manifest.version, node: process.version }, 1);
  return metrics;
}
