/** C5: what follows from events: public events by their mapping, and the commands of sagas. */
import { publicEvent } from '@millrace/consumer';
import { HIRINGS_PUBLIC_TOPIC } from '@millrace/contracts/hirings';
import { type OrderEvent, ORDERS_PUBLIC_TOPIC } from '@millrace/contracts/orders';
import type { RecordedEvent } from '@millrace/core';
import { orderPublication } from '@millrace/orders-read-models';
import type { Database } from '@millrace/postgres';

import type { Finding, TenantEvents } from './findings.ts';
import type { LogEntry } from './witness.ts';

/** Each public event is there once, under the id of the event it stems from, in the order of its aggregate. */
export function checkPublicTopics(
  { tenantId, events }: TenantEvents<RecordedEvent>,
  entries: readonly LogEntry[],
  replaysAllowed: boolean,
): Finding[] {
  const own = entries.filter(({ headers }) => headers['ce_tenantid'] === tenantId);
  const orders = events.filter(({ aggregateType }) => aggregateType === 'order') as RecordedEvent<OrderEvent>[];
  const expected = new Map(
    orders.flatMap((event) => {
      const published = publicEvent(orderPublication, event);
      return published ? [[event.eventId, published.type] as const] : [];
    }),
  );
  return [
    ...checkOrders(
      expected,
      own.filter(({ topic }) => topic === ORDERS_PUBLIC_TOPIC),
      replaysAllowed,
    ),
    ...checkHirings(
      events,
      own.filter(({ topic }) => topic === HIRINGS_PUBLIC_TOPIC),
    ),
  ];
}

function checkOrders(
  expected: ReadonlyMap<string, string>,
  entries: readonly LogEntry[],
  replaysAllowed: boolean,
): Finding[] {
  const found = Map.groupBy(entries, ({ headers }) => headers['ce_id'] ?? '');
  const wrong = [...found].flatMap(([id, of]): Finding[] => {
    const type = expected.get(id);
    if (type === undefined) return [finding('invented', `public event ${id} stems from no event`)];
    if (of.some(({ headers }) => headers['ce_type'] !== type)) return [finding('different', `public event ${id}`)];
    return of.length > 1 && !replaysAllowed ? [finding('duplicated', `public event ${id}`)] : [];
  });
  const lost = [...expected.keys()].filter((id) => !found.has(id));
  return [...wrong, ...lost.map((id) => finding('lost', `public event ${id}`)), ...checkOrder(found)];
}

function checkOrder(found: ReadonlyMap<string, readonly LogEntry[]>): Finding[] {
  const firsts = [...found.values()].flatMap(([first]) => (first ? [first] : []));
  const streams = Map.groupBy(firsts, ({ key }) => key ?? '');
  return [...streams].flatMap(([key, of]) => {
    const versions = of
      .sort((left, right) => left.offset - right.offset)
      .map(({ headers }) => Number(headers['ce_aggregateversion']));
    const inOrder = versions.every((version, index) => index === 0 || version > (versions[index - 1] ?? 0));
    return inOrder ? [] : [finding('reordered', `public events of ${key} came as ${versions.join(' ')}`)];
  });
}

/** Who can be hired is: one employment, one completion, one message to HR. */
function checkHirings(events: readonly RecordedEvent[], entries: readonly LogEntry[]): Finding[] {
  const of = (type: string) => events.filter((event) => event.type === type);
  const persons = new Set(of('PersonCreated').map(({ aggregateId }) => aggregateId));
  const due = of('HiringStarted')
    .filter(({ data }) => persons.has((data as { personId: string }).personId))
    .map(({ aggregateId }) => aggregateId);
  const completed = new Set(of('HiringCompleted').map(({ aggregateId }) => aggregateId));
  const told = Map.groupBy(entries, ({ key }) => key ?? '');
  return [
    ...due.filter((id) => !completed.has(id)).map((id) => finding('unfinished', `hiring ${id} is not completed`)),
    ...[...completed].filter((id) => !told.has(id)).map((id) => finding('lost', `HR was not told of hiring ${id}`)),
    ...[...told].flatMap(([id, records]) => {
      const messages = new Set(records.map(({ headers }) => headers['ce_id'])).size;
      return messages > 1 ? [finding('duplicated', `HR was told ${messages} times of hiring ${id}`)] : [];
    }),
  ];
}

/** No command was asked for twice, none is left over, and no instance stopped before its end. */
export async function checkSagas(database: Database, tenantId: string): Promise<Finding[]> {
  const { rows: commands } = await database.query<{ what: string; times: number; open: boolean }>(
    `select format('%s of %s %s', type, saga, instance_id) as what, count(*)::int as times,
            bool_or(status in ('pending', 'refused')) as open
       from saga.commands where tenant_id = $1 group by saga, instance_id, type`,
    [tenantId],
  );
  const { rows: failed } = await database.query<{ what: string }>(
    `select format('%s %s: %s', saga, instance_id, failure) as what from saga.instances
      where tenant_id = $1 and status = 'failed'`,
    [tenantId],
  );
  return [
    ...commands.filter(({ times }) => times > 1).map(({ what }) => finding('duplicated', `command ${what}`)),
    ...commands.filter(({ open }) => open).map(({ what }) => finding('unfinished', `command ${what}`)),
    ...failed.map(({ what }) => finding('unfinished', what)),
  ];
}

function finding(kind: Finding['kind'], detail: string): Finding {
  return { check: 'C5', kind, detail };
}
