import { isConsistent, type PipelineReport } from '@millrace/verification';

/** What was found of some streams. */
export type Findings = {
  readonly ok: boolean;
  readonly events: number;
  readonly topics: Readonly<Record<string, number>>;
  readonly readModels: Readonly<Record<string, { readonly rows: number; readonly wrong: number }>>;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
};

/** What a demo found. Every number is read back from the store, the topics and the tables. */
export type DemoReport = Findings & {
  readonly ordersAsked: number;
  readonly committed: { readonly orders: number; readonly events: number };
  readonly commandsPerSecond: number;
  /** Milliseconds from an acknowledgment to the answer of a read that waited for it; absent when not measured. */
  readonly readableAfterMs?: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** The other domains: one pipeline, one hire and users in the first of two tenants, users in the second. */
  readonly processes: {
    /** How often HR was told of the one hire. */
    readonly hrNotified: number;
    readonly tenants: readonly TenantFindings[];
  };
};

/** What was found of one tenant. */
export type TenantFindings = Findings & {
  readonly tenantId: string;
  readonly streams: number;
  /** Active users by its read model, and how many there must be. */
  readonly userCount: number;
  readonly usersExpected: number;
};

/** Sums a comparison up. @param streams how many there must be */
export function findings(pipeline: PipelineReport, streams: number): Findings {
  const topics = Object.entries(pipeline.topics);
  const readModels = Object.entries(pipeline.readModels).map(
    ([name, { expected, missing, extra, drifted }]) =>
      [name, { rows: expected - missing.length, wrong: missing.length + extra.length + drifted.length }] as const,
  );
  const count = (kind: 'lost' | 'duplicated' | 'outOfOrder') =>
    topics.reduce((sum, [, comparison]) => sum + comparison[kind].length, 0);
  return {
    ok: isConsistent(pipeline) && pipeline.streams === streams,
    events: pipeline.events,
    topics: Object.fromEntries(topics.map(([topic, { onTopic }]) => [topic, onTopic])),
    readModels: Object.fromEntries(readModels),
    lost: count('lost'),
    duplicated: count('duplicated'),
    outOfOrder: count('outOfOrder'),
  };
}

/** What the demo did with the orders, and what the witnesses said of them and of the rest. */
export type DemoRun = {
  readonly orders: number;
  readonly elapsedMs: number;
  readonly pipeline: PipelineReport;
  /** Ascending. */
  readonly visibilityMs: readonly number[];
  readonly processes: DemoReport['processes'];
};

/** The whole report: good only if every part is. */
export function demoReport({ orders, elapsedMs, pipeline, visibilityMs, processes }: DemoRun): DemoReport {
  const ofOrders = findings(pipeline, orders);
  return {
    ...ofOrders,
    ok: ofOrders.ok && processes.hrNotified === 1 && processes.tenants.every(isRight),
    ordersAsked: orders,
    committed: { orders: pipeline.streams, events: pipeline.events },
    commandsPerSecond: Math.round(pipeline.events / (elapsedMs / 1000)),
    ...(visibilityMs.length > 0 && {
      readableAfterMs: {
        p50: percentile(visibilityMs, 0.5),
        p95: percentile(visibilityMs, 0.95),
        p99: percentile(visibilityMs, 0.99),
      },
    }),
    processes,
  };
}

/** The report as lines for a terminal. */
export function demoLines(report: DemoReport): string[] {
  const { committed, topics, readModels, readableAfterMs, processes } = report;
  const ordersRight = report.lost + report.duplicated + report.outOfOrder + wrongRows(report) === 0;
  const tables = Object.entries(readModels).map(
    ([name, { rows, wrong }]) =>
      `    ${name.padEnd(32)} ${rows} rows${wrong === 0 ? ', equal to a replay' : `, ${wrong} WRONG`}`,
  );
  return [
    `  ${mark(ordersRight && committed.orders === report.ordersAsked)} ${committed.orders} of ${report.ordersAsked} orders, ${committed.events} events committed at ${report.commandsPerSecond} commands/s`,
    ...Object.entries(topics).map(([topic, records]) => `    ${topic.padEnd(32)} ${records} records`),
    ...tables,
    `    ${faults(report)}`,
    ...(readableAfterMs
      ? [
          `    readable after its acknowledgment: p50 ${readableAfterMs.p50} ms, p95 ${readableAfterMs.p95} ms, p99 ${readableAfterMs.p99} ms`,
        ]
      : []),
    `  ${mark(processes.hrNotified === 1)} 1 pipeline of 3 jobs run by its saga, 1 hire by another: HR was told ${processes.hrNotified === 1 ? 'once' : `${processes.hrNotified} times`}`,
    ...processes.tenants.map(tenantLine),
  ];
}

function tenantLine(tenant: TenantFindings): string {
  const { tenantId, events, topics, readModels, userCount, usersExpected } = tenant;
  const carrying = Object.values(topics).filter((records) => records > 0).length;
  const tables = Object.values(readModels).filter(({ rows }) => rows > 0).length;
  const users = `${userCount} active users${userCount === usersExpected ? '' : `, NOT ${usersExpected}`}`;
  const wrong = wrongRows(tenant) === 0 ? 'equal to a replay' : `${wrongRows(tenant)} rows WRONG`;
  return `  ${mark(isRight(tenant))} tenant ${tenantId}: ${users}, ${events} events on ${carrying} topics, ${tables} read models ${wrong}, ${faults(tenant)}`;
}

function isRight({ ok, userCount, usersExpected }: TenantFindings): boolean {
  return ok && userCount === usersExpected;
}

function wrongRows({ readModels }: Findings): number {
  return Object.values(readModels).reduce((sum, { wrong }) => sum + wrong, 0);
}

function faults({ lost, duplicated, outOfOrder }: Findings): string {
  return `${lost} lost · ${duplicated} duplicated · ${outOfOrder} out of order`;
}

function mark(good: boolean): string {
  return good ? '✔' : '✖';
}

function percentile(ascending: readonly number[], share: number): number {
  return Math.round(ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0);
}
