import { publicEvent } from '@millrace/consumer';
import { CANARY_TYPE } from '@millrace/contracts/canary';
import { ORDERS_PUBLIC_TOPIC } from '@millrace/contracts/orders';
import { eventTopics, storedEvents } from '@millrace/contracts/topology';
import { checkedGroups } from '@millrace/fleet';
import { orderPublication } from '@millrace/orders-read-models';
import type { Database } from '@millrace/postgres';
import { createLogger } from '@millrace/telemetry';
import {
  type EverythingReport,
  isWhole,
  type Named,
  type PublishedTopic,
  verifyEverything,
} from '@millrace/verification';

/** What to look at. */
export type FullScope = {
  /** One connection, without a hasty timeout. */
  readonly database: Database;
  readonly brokers: readonly string[];
  readonly tenantId?: string | undefined;
  /** Only this projection, and the topics that it reads. */
  readonly projection?: string | undefined;
  readonly olderThanSeconds: number;
  readonly onPart?: (part: string) => void;
};

// What a saga announces follows from its state, not from a mapping; the auditor compares it with the outbox.
const published: readonly PublishedTopic[] = [
  {
    topic: ORDERS_PUBLIC_TOPIC,
    from: orderPublication.topics,
    isPublished: (event) => storedEvents.has(event.type) && publicEvent(orderPublication, event as never) !== undefined,
  },
];

/** Everything against everything. Errors as `verifyEverything`. */
export function verifyFull({ projection, ...scope }: FullScope): Promise<EverythingReport> {
  const groups = checkedGroups.filter(({ group }) => projection === undefined || group === projection);
  const wanted = new Set(groups.flatMap(({ topics }) => topics));
  return verifyEverything({
    ...scope,
    logger: createLogger({ service: 'millrace verify', level: 'silent' }),
    catalogue: storedEvents,
    topics: eventTopics.filter((topic) => projection === undefined || wanted.has(topic)),
    published: projection === undefined ? published : [],
    groups,
    canaryType: CANARY_TYPE,
  });
}

type Line = readonly (string | number)[];

const COLUMNS = ['', 'checked', 'lost', 'invented', 'duplicated', 'out of order', 'drifted'];
const GAP: Line = [''];

/** The report as a table, with the first of everything that is wrong named below it. */
export function fullText(report: EverythingReport): string {
  const { store, topics, groups } = report;
  const table: Line[] = [
    COLUMNS,
    ['event store', `${store.events} events`, store.gaps.count],
    GAP,
    ...topics.map(({ topic, expected, lost, invented, duplicated, outOfOrder }) => [
      ...[topic, `${expected} events`, lost.count, invented.count, duplicated.count, outOfOrder.count],
    ]),
    GAP,
    ...groups.map(({ group, table: kept, rows, streams, skipped, missing, extra, drifted }) => [
      ...[group, kept ? `${rows} rows` : `${streams} streams`],
      ...[skipped.count + missing.count, extra.count, '', '', drifted.count],
    ]),
  ];
  const verdict = isWhole(report) ? '✔ everything agrees' : '✖ not everything agrees';
  const said = [...examples(report), ...remarks(report)];
  return [
    ...aligned(table.map((line) => line.map(String))),
    '',
    ...said,
    ...(said.length > 0 ? [''] : []),
    verdict,
  ].join('\n');
}

/** Columns of equal width; the first to the left, numbers to the right. */
export function aligned(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0);
  return table.map((row) => row.map(cell).join('  ').trimEnd());
}

type Example = { readonly tenantId: string; readonly aggregateId: string; readonly aggregateType: string };

function examples({ store, topics, groups }: EverythingReport): string[] {
  return [
    ...lines('event store: gap', store.gaps, ({ events, head }) => `has ${events} events up to version ${head}`),
    ...topics.flatMap(({ topic, lost, invented, duplicated, outOfOrder }) =>
      Object.entries({ lost, invented, duplicated, 'out of order': outOfOrder }).flatMap(([what, named]) =>
        lines(`${topic}: ${what}`, named, ({ version, eventId }) => `version ${version}, event ${eventId}`),
      ),
    ),
    ...groups.flatMap(({ group, skipped, missing, extra, drifted }) =>
      Object.entries({ skipped, missing, extra, drifted }).flatMap(([what, named]) =>
        lines(`${group}: ${what}`, named, ({ sequenceNumber, detail }) =>
          sequenceNumber > 0 ? `version ${sequenceNumber}: ${detail}` : detail,
        ),
      ),
    ),
  ];
}

function lines<E extends Example>(what: string, named: Named<E>, more: (one: E) => string): string[] {
  const left = named.count - named.examples.length;
  const said = named.examples.map((one) => {
    const { tenantId, aggregateType, aggregateId } = one;
    return `  ${[what, tenantId, aggregateType, aggregateId, more(one)].filter(Boolean).join(' ')}`;
  });
  return [...said, ...(left > 0 ? [`  ${what}: ${left} more`] : [])];
}

const anyOf = (named: readonly Named<unknown>[]) => named.some(({ count }) => count > 0);

function remarks({ topics, groups }: EverythingReport): string[] {
  return [
    ...topics
      .filter(({ reemitted }) => reemitted > 0)
      .map(({ topic, reemitted }) => `  ${topic}: ${reemitted} record(s) of events that were sent again; no failure`),
    ...topics
      .filter(({ pending }) => pending > 0)
      .map(({ topic, pending }) => `  ${topic}: ${pending} event(s) may still be on their way`),
    ...groups
      .filter(({ lag }) => lag > 0)
      .map(({ group, lag }) => `  ${group}: ${lag} record(s) behind; what it has applied was compared`),
    ...groups
      .filter(({ parked }) => parked > 0)
      .map(
        ({ group, parked }) => `  ${group}: ${parked} aggregate(s) have parked events, see \`npx millrace dlq list\``,
      ),
    ...groups.filter(({ paused }) => paused).map(({ group }) => `  ${group}: is paused`),
    ...groups
      .filter(({ table, skipped, missing, extra, drifted }) => table && anyOf([skipped, missing, extra, drifted]))
      .map(({ group }) => `  ${group}: \`npx millrace projections rebuild ${group}\` makes its rows anew`),
  ];
}
