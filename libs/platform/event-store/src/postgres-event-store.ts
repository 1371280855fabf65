/**
 * The event store on Postgres: schema `event_store`, and in the transaction of every append the outbox that Debezium
 * reads. Append and load are one round trip each, or less: those that come together share one.
 */
import { type EventCatalogue, MillraceError, type RecordedEvent, type StreamId } from '@millrace/core';
import { dataSchemaOf, type OutboxRow, outboxRow } from '@millrace/outbox';
import type { Database } from '@millrace/postgres';
import { recordedEvent, STORED_EVENT_COLUMNS, type StoredEventRow } from '@millrace/stored-events';

import { appendFailure, versionConflict } from './append-failure.ts';
import { AppendQueue } from './append-queue.ts';
import { appendStatement } from './append-statement.ts';
import { batchStatement, type PreparedAppend } from './batch-statement.ts';
import { checkedAppend } from './checked-append.ts';
import { basisOf, type CommandLoad, type LoadedRow, loadStatement } from './command-load.ts';
import type {
  Append,
  CommandBasis,
  CommandNeeds,
  EventStore,
  NewEvent,
  Page,
  PageRequest,
  Snapshot,
  SnapshotWanted,
  StoredAnswer,
  StreamRange,
} from './event-store.ts';
import { NaturalBatches } from './natural-batches.ts';
import { decodeCursor, encodeCursor, STORE_BEGINNING } from './store-cursor.ts';

/** What the store needs of its surroundings. */
export type PostgresEventStoreOptions = {
  /** With role millrace_command, or with one that may only read. */
  readonly database: Database;
  readonly catalogue: EventCatalogue;
  /** Bytes of the Kafka record of an event in its current version. Throws what `append` may throw. */
  readonly encode: (type: string, data: unknown) => Buffer;
  /** Whether appends, and loads of commands, that come while others are under way are sent together; default true. */
  readonly coalesce?: boolean;
};

/** SQL: the rows of one stream. */
const STREAM = 'tenant_id = $1 and aggregate_type = $2 and aggregate_id = $3';
const streamParameters = ({ tenantId, aggregateType, aggregateId }: StreamId) => [tenantId, aggregateType, aggregateId];

/** SQL: what a range leaves of a stream. A stream ends before its first event after `$5`, so that it has no gap. */
const WITHIN_RANGE = `sequence_number <= coalesce($4::bigint, 9223372036854775807)
  and ($5::timestamptz is null or sequence_number < coalesce(
    (select min(sequence_number) from event_store.events where ${STREAM} and occurred_at > $5::timestamptz), 9223372036854775807))`;

/** Loads of commands in one statement. */
const MOST_LOADS = 64;

/** `EventStore` on Postgres. */
export class PostgresEventStore implements EventStore {
  readonly #database: Database;
  readonly #catalogue: EventCatalogue;
  readonly #encode: (type: string, data: unknown) => Buffer;
  readonly #queue: AppendQueue | undefined;
  readonly #loads: NaturalBatches<CommandLoad, CommandBasis> | undefined;

  constructor({ database, catalogue, encode, coalesce = true }: PostgresEventStoreOptions) {
    this.#database = database;
    this.#catalogue = catalogue;
    this.#encode = encode;
    if (!coalesce) return;
    this.#queue = new AppendQueue((batch) => this.#sendTogether(batch));
    this.#loads = new NaturalBatches({
      choose: (waiting) => new Set(waiting.slice(0, MOST_LOADS)),
      send: (batch) => this.#loadTogether(batch),
    });
  }

  async append(request: Append): Promise<number> {
    const append = checkedAppend(request, this.#catalogue);
    if (append.publish === false) return this.#send({ append, rows: [] });
    const prepared = { append, rows: this.#outboxRows(append) };
    return this.#queue ? this.#queue.append(prepared) : this.#send(prepared);
  }

  async #send({ append, rows }: PreparedAppend): Promise<number> {
    try {
      const { rows: heads } = await this.#database.query<{ version: number }>(appendStatement(append, rows));
      return versionAfter(append, heads[0]?.version ?? 0);
    } catch (error) {
      throw await appendFailure(this.#database, append, error);
    }
  }

  /** What Postgres refuses together it is asked for one by one: a conflict never fails its neighbour. */
  async #sendTogether(batch: readonly PreparedAppend[]): Promise<readonly PromiseSettledResult<number>[]> {
    if (batch.length > 1) {
      try {
        const { rows: heads } = await this.#database.query<{ version: number }>(batchStatement(batch));
        return await Promise.allSettled(
          batch.map(async ({ append }, index) => versionAfter(append, heads[index]?.version ?? 0)),
        );
      } catch (error) {
        // Whether it was committed is not known. Whoever asked has to ask again.
        if (error instanceof MillraceError) throw error;
      }
    }
    return Promise.allSettled(batch.map((prepared) => this.#send(prepared)));
  }

  async load(stream: StreamId, { fromVersion = 1, toVersion, until }: StreamRange = {}): Promise<RecordedEvent[]> {
    const { rows } = await this.#database.query<StoredEventRow>({
      name: 'load stream',
      text: `select ${STORED_EVENT_COLUMNS} from event_store.events
              where ${STREAM} and ${WITHIN_RANGE} and sequence_number >= $6 order by sequence_number`,
      values: [...streamParameters(stream), toVersion, until, fromVersion],
    });
    return rows.map((row) => recordedEvent(row, this.#catalogue));
  }

  async loadForCommand(stream: StreamId, needs: CommandNeeds): Promise<CommandBasis> {
    const load = { stream, needs };
    return this.#loads ? this.#loads.add(load) : this.#loadAlone(load);
  }

  async #loadAlone(load: CommandLoad): Promise<CommandBasis> {
    const { rows } = await this.#database.query<LoadedRow>(loadStatement([load]));
    return basisOf(rows, load, this.#catalogue);
  }

  /** As with appends: what Postgres refuses together it is asked for one by one. */
  async #loadTogether(batch: readonly CommandLoad[]): Promise<readonly PromiseSettledResult<CommandBasis>[]> {
    if (batch.length > 1) {
      try {
        const { rows } = await this.#database.query<LoadedRow>(loadStatement(batch));
        const rowsOf = Map.groupBy(rows, ({ load }) => load);
        return await Promise.allSettled(
          batch.map(async (load, index) => basisOf(rowsOf.get(index) ?? [], load, this.#catalogue)),
        );
      } catch (error) {
        if (error instanceof MillraceError) throw error;
      }
    }
    return Promise.allSettled(batch.map((load) => this.#loadAlone(load)));
  }

  async readAll({ after, since, limit }: PageRequest): Promise<Page> {
    const { transactionId, globalPosition } = after === undefined ? STORE_BEGINNING : decodeCursor(after);
    // Below the oldest transaction that still runs: what began earlier can no longer add anything.
    const { rows } = await this.#database.query<StoredEventRow & { transaction_id: string; global_position: number }>({
      name: 'read all',
      text: `select ${STORED_EVENT_COLUMNS}, transaction_id, global_position from event_store.events
              where (transaction_id, global_position) > ($1::xid8, $2::bigint)
                and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
                and occurred_at >= coalesce($4::timestamptz, '-infinity')
              order by transaction_id, global_position limit $3`,
      values: [transactionId, globalPosition, limit, since],
    });
    const known = rows.filter(({ event_type }) => this.#catalogue.has(event_type));
    const last = rows.at(-1);
    const cursor = last
      ? encodeCursor({ transactionId: last.transaction_id, globalPosition: last.global_position })
      : after;
    return {
      events: known.map((row) => recordedEvent(row, this.#catalogue)),
      skipped: rows.length - known.length,
      ...(cursor !== undefined && { cursor }),
    };
  }

  async latestSnapshot(
    stream: StreamId,
    { stateVersion, toVersion, until }: SnapshotWanted,
  ): Promise<Snapshot | undefined> {
    const { rows } = await this.#database.query<Snapshot>({
      name: 'latest snapshot',
      text: `select sequence_number as "sequenceNumber", state_version as "stateVersion", state from event_store.snapshots
              where ${STREAM} and ${WITHIN_RANGE} and state_version = $6 order by sequence_number desc limit 1`,
      values: [...streamParameters(stream), toVersion, until, stateVersion],
    });
    return rows[0];
  }

  async saveSnapshot(stream: StreamId, { sequenceNumber, stateVersion, state }: Snapshot, keep: number): Promise<void> {
    await this.#database.query({
      name: 'save snapshot',
      text: `insert into event_store.snapshots (tenant_id, aggregate_type, aggregate_id, sequence_number, state_version, state, event_count)
             values ($1, $2, $3, $4, $5, $6, $4) on conflict do nothing`,
      values: [...streamParameters(stream), sequenceNumber, stateVersion, JSON.stringify(state)],
    });
    await this.#database.query({
      name: 'prune snapshots of a stream',
      text: `delete from event_store.snapshots where ${STREAM} and sequence_number <= (
               select sequence_number from event_store.snapshots where ${STREAM} order by sequence_number desc offset $4 limit 1)`,
      values: [...streamParameters(stream), keep],
    });
  }

  async findAnswer(tenantId: string, key: string): Promise<StoredAnswer | undefined> {
    const { rows } = await this.#database.query<StoredAnswer>({
      name: 'find answer',
      text: `select request_hash as "requestHash", answer_status as "answerStatus", answer
               from event_store.idempotency_keys where tenant_id = $1 and idempotency_key = $2`,
      values: [tenantId, key],
    });
    return rows[0];
  }

  #outboxRows(append: Append): OutboxRow[] {
    return append.events.map((event, index) => this.#outboxRow(append, event, append.expectedVersion + index + 1));
  }

  #outboxRow({ stream, causation }: Append, event: NewEvent, sequenceNumber: number): OutboxRow {
    const definition = this.#catalogue.definition(event.type);
    const { namespace } = definition.schemas[event.eventVersion] as { namespace: string };
    return outboxRow(
      { ...stream, ...causation, ...event, sequenceNumber },
      {
        topic: definition.topic,
        source: `urn:millrace:${namespace}`,
        dataSchema: dataSchemaOf(definition, event.eventVersion),
        payload: this.#encode(event.type, event.data),
      },
    );
  }
}

/** @throws MillraceError `VERSION_CONFLICT` when the stream was not where the writer thought: then nothing was written */
function versionAfter(append: Append, before: number): number {
  if (before !== append.expectedVersion) throw versionConflict(append, before);
  return append.expectedVersion + append.events.length;
}
