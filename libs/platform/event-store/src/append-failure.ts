import { MillraceError } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import type { Append } from './event-store.ts';

/** Fields of pg's DatabaseError. */
type DatabaseError = {
  readonly code?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly constraint?: string;
};

const UNIQUE_VIOLATION = '23505';
const CHECK_VIOLATION = '23514';
/** Payload, or key and headers: together they are the record. */
const TOO_LARGE = new Set<string | undefined>(['outbox_messages_payload_size', 'outbox_messages_headers_size']);
/** Text that Postgres cannot hold: a NUL character or half of a surrogate pair, in a column or in JSON. */
const UNTRANSLATABLE = new Set(['22021', '22P02', '22P05']);

/** What Postgres said about a failed append, as the error that `EventStore.append` promises; else the error itself. */
export async function appendFailure(database: Database, append: Append, error: unknown): Promise<unknown> {
  const { code = '', constraint } = (error ?? {}) as DatabaseError;
  if (code === UNIQUE_VIOLATION) return uniqueViolation(database, append, error);
  if (code === CHECK_VIOLATION && TOO_LARGE.has(constraint)) {
    return new MillraceError('PAYLOAD_TOO_LARGE', 'an encoded event is larger than the outbox accepts', {
      cause: error,
    });
  }
  if (UNTRANSLATABLE.has(code)) {
    return new MillraceError('PAYLOAD_INVALID', 'an event holds text that Postgres cannot store', { cause: error });
  }
  return error;
}

async function uniqueViolation(database: Database, append: Append, cause: unknown): Promise<unknown> {
  const { constraint, head } = await inquire(database, append, cause as DatabaseError);
  switch (constraint) {
    case 'events_stream_position':
      return versionConflict(append, head, cause);
    case 'events_event_id':
      return new MillraceError('DUPLICATE_EVENT', 'an event with the same id is stored already', { cause });
    case 'idempotency_keys_once':
      return new MillraceError('IDEMPOTENCY_KEY_TAKEN', 'a command with the same idempotency key committed first', {
        cause,
      });
    default:
      return cause;
  }
}

/** The stream was at `actual` and not where the writer thought. */
export function versionConflict({ stream, expectedVersion }: Append, actual: number, cause?: unknown): MillraceError {
  const message = `${stream.aggregateType} ${stream.aggregateId} is at version ${actual}, expected ${expectedVersion}`;
  return new MillraceError('VERSION_CONFLICT', message, { cause, facts: { expected: expectedVersion, actual } });
}

/**
 * The constraint that was violated, and the head of the stream by now. Each partition has constraints of its own, with
 * names that Postgres made up; the catalogue knows which constraint of the table they come from.
 */
async function inquire(
  database: Database,
  { stream }: Append,
  { schema, table, constraint }: DatabaseError,
): Promise<{ constraint: string | null; head: number }> {
  const { rows } = await database.query<{ constraint: string | null; head: number }>({
    name: 'inquire after unique violation',
    text: `with recursive lineage as (
        select oid, conname, conparentid from pg_constraint
         where conrelid = format('%I.%I', $1::text, $2::text)::regclass and conname = $3
        union all
        select parent.oid, parent.conname, parent.conparentid from lineage join pg_constraint parent on parent.oid = lineage.conparentid)
      select (select conname::text from lineage where conparentid = 0) as constraint,
             (select coalesce(max(sequence_number), 0) from event_store.events
               where tenant_id = $4 and aggregate_type = $5 and aggregate_id = $6) as head`,
    values: [schema, table, constraint, stream.tenantId, stream.aggregateType, stream.aggregateId],
  });
  return rows[0] as { constraint: string | null; head: number };
}
