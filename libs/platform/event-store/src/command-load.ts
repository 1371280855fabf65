/**
 * What commands need of the store, for any number of them in one statement: each reads its own stream, snapshot, answer and
 * gate by their keys, as if it were alone.
 */
import type { EventCatalogue, StreamId } from '@millrace/core';
import { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';
import type pg from 'pg';

import type { CommandBasis, CommandNeeds, StoredAnswer } from './event-store.ts';

/** A stream and what a command needs of it. */
export type CommandLoad = { readonly stream: StreamId; readonly needs: CommandNeeds };

/** A row of the answer: a stored event, or one value in its columns. */
export type LoadedRow = StoredEventRow & {
  readonly load: number;
  readonly part: 'answer' | 'gate' | 'snapshot' | 'event';
};

const STREAM = 'tenant_id = l."tenantId" and aggregate_type = l."aggregateType" and aggregate_id = l."aggregateId"';

/** SQL: a part that is one value and no event, in the columns of one. */
const valuePart = (part: string, value: string, sequenceNumber = 'null') =>
  `select '${part}', null, null, null, ${sequenceNumber}, null, null, null, ${value}, null, null, null, null, null, null, null`;

const LOAD_FOR_COMMANDS = `
  select l.load, found.*
  from jsonb_to_recordset($1) as l (load integer, "tenantId" text, "aggregateType" text, "aggregateId" text,
    "stateVersion" integer, "idempotencyKey" text, "knownVersion" bigint, "gateType" text, "gateId" text, "gateEvents" text[])
  cross join lateral (
    with newest as (
      select sequence_number, state from event_store.snapshots
       where ${STREAM} and state_version = l."stateVersion" and l."knownVersion" is null
       order by sequence_number desc limit 1)
    select 'event' as part, ${STORED_EVENT_COLUMNS} from event_store.events
     where ${STREAM} and sequence_number >= coalesce(l."knownVersion", (select sequence_number + 1 from newest), 1)
    union all
    ${valuePart('snapshot', 'state', 'sequence_number')} from newest
    union all
    ${valuePart('answer', `jsonb_build_object('requestHash', request_hash, 'answerStatus', answer_status, 'answer', answer)`)}
      from event_store.idempotency_keys where tenant_id = l."tenantId" and idempotency_key = l."idempotencyKey"
    union all
    ${valuePart('gate', 'to_jsonb(event_type)')} from (
      select event_type from event_store.events
       where tenant_id = l."tenantId" and aggregate_type = l."gateType" and aggregate_id = l."gateId"
         and event_type = any(l."gateEvents")
       order by sequence_number desc limit 1) as gate) as found
  order by l.load, found.sequence_number`;

/** The statement; `load` of a row is the place in `loads`. */
export function loadStatement(loads: readonly CommandLoad[]): pg.QueryConfig {
  const wanted = loads.map(({ stream: { tenantId, aggregateType, aggregateId }, needs }, load) => ({
    ...{ load, tenantId, aggregateType, aggregateId },
    ...{ stateVersion: needs.stateVersion, idempotencyKey: needs.idempotencyKey, knownVersion: needs.knownVersion },
    ...{ gateType: needs.gate?.aggregateType, gateId: needs.gate?.aggregateId, gateEvents: needs.gate?.eventTypes },
  }));
  return { name: 'load for commands', text: LOAD_FOR_COMMANDS, values: [JSON.stringify(wanted)] };
}

/** What a command gets of its rows. @throws MillraceError `UNKNOWN_EVENT_TYPE` */
export function basisOf(rows: readonly LoadedRow[], { needs }: CommandLoad, catalogue: EventCatalogue): CommandBasis {
  const partOf = (wanted: LoadedRow['part']) => rows.find(({ part }) => part === wanted);
  const [snapshot, answer, passed] = [partOf('snapshot'), partOf('answer'), partOf('gate')];
  const { stateVersion } = needs;
  return {
    events: rows.filter(({ part }) => part === 'event').map((row) => recordedEvent(row, catalogue)),
    ...(snapshot && {
      snapshot: { sequenceNumber: snapshot.sequence_number, stateVersion, state: snapshot.payload },
    }),
    ...(answer && { answer: answer.payload as StoredAnswer }),
    ...(passed && { gate: passed.payload as string }),
  };
}
