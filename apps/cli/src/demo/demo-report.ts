import { isConsistent, type PipelineReport } from '@millrace/verification';

/** What a demo found. Every number is read back from the store, the topics and the tables. */
export type DemoReport = {
  readonly ok: boolean;
  readonly ordersAsked: number;
  readonly committed: { readonly orders: number; readonly events: number };
  readonly topics: Readonly<Record<string, number>>;
  readonly readModels: Readonly<Record<string, { readonly rows: number; readonly wrong: number }>>;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  readonly commandsPerSecond: number;
  /** Milliseconds from an acknowledgment to the answer of a read that waited for it; absent when not measured. */
  readonly readableAfterMs?: { readonly p50: number; readonly p95: number };
};

/** Sums a comparison up. `visibilityMs` ascends. */
export function demoReport(
  pipeline: PipelineReport,
  run: { orders: number; elapsedMs: number; visibilityMs: readonly number[] },
): DemoReport {
  const topics = Object.entries(pipeline.topics);
  const readModels = Object.entries(pipeline.readModels).map(
    ([name, { expected, missing, extra, drifted }]) =>
      [name, { rows: expected - missing.length, wrong: missing.length + extra.length + drifted.length }] as const,
  );
  const count = (kind: 'lost' | 'duplicated' | 'outOfOrder') =>
    topics.reduce((sum, [, comparison]) => sum + comparison[kind].length, 0);
  return {
    ok: isConsistent(pipeline) && pipeline.streams === run.orders,
    ordersAsked: run.orders,
    committed: { orders: pipeline.streams, events: pipeline.events },
    topics: Object.fromEntries(topics.map(([topic, { onTopic }]) => [topic, onTopic])),
    readModels: Object.fromEntries(readModels),
    lost: count('lost'),
    duplicated: count('duplicated'),
    outOfOrder: count('outOfOrder'),
    commandsPerSecond: Math.round(pipeline.events / (run.elapsedMs / 1000)),
    ...(run.visibilityMs.length > 0 && {
      readableAfterMs: { p50: percentile(run.visibilityMs, 0.5), p95: percentile(run.visibilityMs, 0.95) },
    }),
  };
}

/** The report as lines for a terminal. */
export function demoLines(report: DemoReport): string[] {
  const { committed, topics, readModels, lost, duplicated, outOfOrder, readableAfterMs } = report;
  const tables = Object.entries(readModels).map(
    ([name, { rows, wrong }]) =>
      `    ${name.padEnd(32)} ${rows} rows${wrong === 0 ? ', equal to a replay' : `, ${wrong} WRONG`}`,
  );
  return [
    `  ${report.ok ? '✔' : '✖'} ${committed.orders} of ${report.ordersAsked} orders, ${committed.events} events committed at ${report.commandsPerSecond} commands/s`,
    ...Object.entries(topics).map(([topic, records]) => `    ${topic.padEnd(32)} ${records} records`),
    ...tables,
    `    ${lost} lost · ${duplicated} duplicated · ${outOfOrder} out of order`,
    ...(readableAfterMs
      ? [`    readable after its acknowledgment: p50 ${readableAfterMs.p50} ms, p95 ${readableAfterMs.p95} ms`]
      : []),
  ];
}

function percentile(ascending: readonly number[], share: number): number {
  return Math.round(ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0);
}
