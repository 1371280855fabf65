/**
 * Which fact is the cause. Connect's own RUNNING is no health, and one fault shows in many places: a missing topic lets
 * the slot fall behind and the canary come late. So causes are asked for in this order, and the first that holds is it.
 */
import type { ConnectorState } from './connect-client.ts';
import { poisonText } from './poison-row.ts';
import { hasFailed, type RelayFacts, STANDSTILL_MS } from './relay-facts.ts';
import type { RelayCause, RelayProblem } from './relay-problem.ts';

/** A connector that starts or reconnects takes its time: 12 s where the machine is busy, 10 s after a lost connection. */
export const START_PATIENCE_MS = 30_000;

type Rule = { readonly cause: RelayCause; readonly says: (facts: RelayFacts) => string | undefined };

const rules: readonly Rule[] = [
  { cause: 'store_went_back', says: storeWentBack },
  // Before all that waits for Connect: once it runs, it sends what comes next, and what was passed over comes too late.
  { cause: 'slot_advanced', says: slotAdvanced },
  {
    cause: 'connect_unreachable',
    says: ({ connector }) => when(connector === 'unreachable', 'no worker of Kafka Connect answers'),
  },
  {
    cause: 'connector_absent',
    says: ({ connector }) => when(stateOf(connector) === 'absent', 'the connector is not registered'),
  },
  { cause: 'slot_lost', says: slotLost },
  {
    cause: 'publication_drift',
    says: ({ isPublished }) =>
      when(
        !isPublished,
        'the publication lacks tables of the outbox, so Postgres streams nothing of them and Connect sees no fault',
      ),
  },
  {
    cause: 'topic_missing',
    says: ({ missingTopics }) =>
      when(missingTopics.length > 0, `there is no topic ${missingTopics.join(', ')}: all that comes after waits`),
  },
  { cause: 'poison_row', says: ({ poison: [first] }) => first && poisonText(first) },
  { cause: 'connector_failed', says: connectorFailed },
  { cause: 'slot_missing', says: slotMissing },
  { cause: 'slot_unread', says: slotUnread },
  { cause: 'slot_behind', says: slotBehind },
  { cause: 'canary_late', says: canaryLate },
];

/** The problem, or nothing: then the relay streams, or has no more than begun to start. A repair under way keeps its cause. */
export function diagnose(facts: RelayFacts): RelayProblem | undefined {
  if (facts.hold) return facts.hold;
  for (const { cause, says } of rules) {
    const detail = says(facts);
    if (detail !== undefined) return { cause, detail };
  }
  return undefined;
}

/** What there is to wait for while nothing is wrong yet; nothing when the relay streams. */
export function waitsFor({ slot, connector, rereads }: RelayFacts): string | undefined {
  if (rereads) return 'Debezium reads all of the retained outbox';
  if (slot.exists && slot.active) return undefined;
  return `nobody reads the slot yet, the connector is ${stateOf(connector)}`;
}

function when(isSo: boolean, detail: string): string | undefined {
  return isSo ? detail : undefined;
}

function stateOf(connector: ConnectorState | 'unreachable'): string {
  return connector === 'unreachable' ? 'unreachable' : connector.connector;
}

function storeWentBack({ storedLsn, walLsn, restoredAt, vanished }: RelayFacts): string | undefined {
  if (restoredAt !== undefined)
    return `a backup was put back at ${restoredAt}. Nothing is streamed until \`npx millrace recover\` has run`;
  if (vanished)
    return (
      `event ${vanished.eventId}, version ${vanished.sequenceNumber} of ${vanished.aggregateType} ${vanished.aggregateId}, was the newest, ` +
      'and the database has never had it: it is an older one. Nothing is streamed until `npx millrace recover` has run'
    );
  if (typeof storedLsn === 'string' || storedLsn <= walLsn) return undefined;
  return (
    `Connect has read up to ${lsnText(storedLsn)}, but the WAL ends at ${lsnText(walLsn)}: the database is older than what ` +
    'was streamed. Nothing is streamed until `npx millrace recover` has run'
  );
}

function slotLost({ slot }: RelayFacts): string | undefined {
  return when(slot.exists && slot.lost, 'Postgres has cut off the WAL of the slot (max_slot_wal_keep_size)');
}

function slotAdvanced({ slot, advanced }: RelayFacts): string | undefined {
  if (!slot.exists || !advanced) return undefined;
  return `somebody has moved the slot to ${slot.confirmedLsn} while nobody read it: rows before it may not have been sent`;
}

function connectorFailed({ connector }: RelayFacts): string | undefined {
  if (connector === 'unreachable' || !hasFailed(connector)) return undefined;
  return `the connector has failed: ${rootCause(connector.trace)}`;
}

function slotMissing({ slot, connector, unreadMs }: RelayFacts): string | undefined {
  return when(
    !slot.exists && unreadMs > START_PATIENCE_MS,
    `the slot is missing, and the connector, ${stateOf(connector)}, does not make it`,
  );
}

function slotUnread({ slot, connector, unreadMs, rereads }: RelayFacts): string | undefined {
  if (rereads || !slot.exists || slot.active || unreadMs <= START_PATIENCE_MS) return undefined;
  const state = stateOf(connector);
  if (state === 'STOPPED' || state === 'PAUSED') return `somebody has set the connector to ${state}: resume it`;
  return `the connector says ${state}, but nobody reads the slot`;
}

function slotBehind({ slot, behindMs, rereads }: RelayFacts): string | undefined {
  if (!slot.exists || rereads || behindMs <= STANDSTILL_MS) return undefined;
  return `the slot is read, but stands at ${slot.confirmedLsn} for ${Math.round(behindMs / 1_000)} s with ${slot.lagBytes} bytes before it`;
}

function canaryLate({ lateCanaries }: RelayFacts): string | undefined {
  const [first] = lateCanaries;
  if (!first) return undefined;
  const names = lateCanaries.map(({ topic }) => topic).join(', ');
  return `for ${Math.round(first.ageSeconds)} s no sign of life has come through to ${names}`;
}

/** Line of a Java stack trace that tells most. */
function rootCause(trace: string): string {
  const lines = trace.split('\n');
  const causes = lines.filter((line) => line.startsWith('Caused by: '));
  return (causes.at(-1) ?? lines[0] ?? '').replace('Caused by: ', '').trim() || 'it does not say why';
}

function lsnText(lsn: number): string {
  return `${Math.floor(lsn / 2 ** 32).toString(16)}/${(lsn % 2 ** 32).toString(16)}`.toUpperCase();
}
