/** C1: what the clients were told against what the store holds. */
import type { RecordedEvent } from '@millrace/core';

import type { Invocation, JournalEntry, Outcome } from '../load/journal.ts';
import type { Finding, TenantEvents } from './findings.ts';

type StoredEvent = Pick<
  RecordedEvent,
  'type' | 'aggregateType' | 'aggregateId' | 'sequenceNumber' | 'correlationId' | 'userId' | 'eventId'
>;

/** Who sends the commands of the load; events of anybody else are consequences. */
const CLIENT = 'alice';

/**
 * An acknowledged command has one event, at the version it was told; a refused one has none; of one that was never
 * answered there may be one. Nothing else is in the store, and every aggregate counts 1, 2, 3 …
 */
export function checkJournal(
  entries: readonly JournalEntry[],
  { tenantId, events }: TenantEvents<StoredEvent>,
): Finding[] {
  const asked = events.filter(({ userId }) => userId === CLIENT);
  const byKey = Map.groupBy(asked, ({ correlationId }) => correlationId);
  const own = entries.filter(({ invocation }) => invocation.tenantId === tenantId);
  const keys = new Set(own.map(({ invocation }) => invocation.key));
  return [
    ...own.flatMap((entry) => checkEntry(entry, byKey.get(entry.invocation.key) ?? [])),
    ...asked
      .filter(({ correlationId }) => !keys.has(correlationId))
      .map((event) => finding('invented', `${describe(event)} was asked for by nobody`)),
    ...checkVersions(events),
  ];
}

function checkEntry({ invocation, outcome }: JournalEntry, found: readonly StoredEvent[]): Finding[] {
  const command = `${invocation.path} (${invocation.key})`;
  if (found.length > 1) return [finding('duplicated', `${command} has ${found.length} events`)];
  const [event] = found;
  if (event) return checkEvent(invocation, outcome, event);
  return outcome?.kind === 'ok' ? [finding('lost', `${command} was acknowledged and has no event`)] : [];
}

function checkEvent(
  { key, path, aggregateType, aggregateId }: Invocation,
  outcome: Outcome | undefined,
  event: StoredEvent,
): Finding[] {
  const command = `${path} (${key})`;
  if (outcome?.kind === 'fail')
    return [finding('different', `${command} was refused with ${outcome.code}, and has ${describe(event)}`)];
  const told = outcome?.kind === 'ok' ? outcome.version : event.sequenceNumber;
  const isAsked = event.aggregateType === aggregateType && event.aggregateId === aggregateId;
  if (isAsked && told === event.sequenceNumber) return [];
  return [finding('different', `${command} was told version ${told}, it is ${describe(event)}`)];
}

function checkVersions(events: readonly StoredEvent[]): Finding[] {
  const streams = Map.groupBy(events, ({ aggregateType, aggregateId }) => `${aggregateType} ${aggregateId}`);
  return [...streams].flatMap(([stream, of]) => {
    const versions = of.map(({ sequenceNumber }) => sequenceNumber);
    const isGapless = versions.every((version, index) => version === index + 1);
    return isGapless ? [] : [finding('lost', `${stream} has versions ${versions.join(' ')}`)];
  });
}

function describe({ type, aggregateType, aggregateId, sequenceNumber }: StoredEvent): string {
  return `${type}, version ${sequenceNumber} of ${aggregateType} ${aggregateId}`;
}

function finding(kind: Finding['kind'], detail: string): Finding {
  return { check: 'C1', kind, detail };
}
