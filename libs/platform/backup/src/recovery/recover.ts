/**
 * After the database was put back, by whatever means: the log is ahead of the store, Connect has read what the store does
 * not have, and the next events will bear numbers that were given before.
 *
 *     hold and stop the relay ─▶ drop the slot ─▶ read the topics ─▶ epoch + 1 ─▶ drop messages that are on their topic
 *       ─▶ give up positions beyond the log, forget what the auditor saw ─▶ forget Connect's offsets ─▶ new slot
 *       ─▶ resume ─▶ rebuild read models ─▶ send again what restored sagas have not had ─▶ done
 *
 * Each step is noted in `backup.recoveries` and may be done twice, so a recovery that was cut off goes on where it was.
 * The epoch is higher than any on the topics, not only than the store's: a backup may be restored twice, and the timeline
 * of the first time must not look like that of the second.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { MillraceError } from '@millrace/core';
import { type PartitionRange, partitionRanges, scanTopics } from '@millrace/kafka';
import type { Database, Transaction } from '@millrace/postgres';
import {
  type ConnectClient,
  dropSlot,
  ensureSlot,
  type EventRef,
  holdRelay,
  readSlot,
  releaseRelay,
} from '@millrace/relay';
import type { Logger } from '@millrace/telemetry';

import { WHOLE_STORE } from '../manifest.ts';

/** What a recovery works with. */
export type RecoveryParts = {
  /** As the owner, with a generous timeout. */
  readonly database: Database;
  readonly connect: ConnectClient;
  readonly brokers: readonly string[];
  /** Every topic that the outbox may name. */
  readonly topics: readonly string[];
  /** Makes all read models anew. @returns what to say about it */
  readonly rebuild: () => Promise<string>;
  /** Makes the auditor forget what it has seen on the topics. */
  readonly forgetSeen: (transaction: Transaction) => Promise<void>;
  /** Sends stored events again. @returns how many */
  readonly republish: (events: readonly EventRef[]) => Promise<number>;
  readonly logger: Logger;
  /** Told each step when it is done. */
  readonly log: (line: string) => void;
};

/** What became of it. */
export type RecoveryReport = { readonly epoch: number; readonly steps: readonly string[]; readonly seconds: number };

const PATIENCE_MS = 60_000;
const ASK_AGAIN_MS = 250;
/** Enough to meet a record among the markers of transactions, and of a topic with many the newest epoch. */
const TAIL_RECORDS = 5_000;
/** An append may begin before the snapshot of a backup and commit after it; none takes so long. */
const LONGEST_APPEND = '10 minutes';

/**
 * Recovers, or goes on with a recovery.
 * @throws MillraceError `CONNECT_UNAVAILABLE`, `KAFKA_UNAVAILABLE`, `STORE_UNAVAILABLE`: run it again then
 */
export async function recover(parts: RecoveryParts): Promise<RecoveryReport> {
  const startedAt = performance.now();
  const recovery = new Recovery(parts);
  const { epoch, steps } = await recovery.run();
  return { epoch, steps, seconds: (performance.now() - startedAt) / 1_000 };
}

type Open = { readonly recovery_id: string; readonly epoch: number | null; readonly steps: string[] };

class Recovery {
  readonly #parts: RecoveryParts;
  #open: Open = { recovery_id: '', epoch: null, steps: [] };

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  async run(): Promise<{ epoch: number; steps: readonly string[] }> {
    this.#open = await this.#begin();
    if (this.#open.steps.length > 0) this.#parts.log(`goes on after: ${this.#open.steps.join(', ')}`);
    // Not noted: somebody may have started it since the recovery was cut off.
    if (!this.#open.steps.includes('relay')) this.#parts.log(await this.#holdRelay());
    await this.#step('slot dropped', () => this.#dropSlot());
    await this.#step('epoch', () => this.#endTimeline());
    await this.#step('positions', () => this.#giveUpPositions());
    await this.#step('offsets', () => this.#forgetOffsets());
    await this.#step('slot', async () => `new slot${(await ensureSlot(this.#parts.database)) ? '' : ': there'}`);
    await this.#step('relay', () => this.#resume());
    await this.#step('read models', () => this.#parts.rebuild());
    await this.#step('sent again', () => this.#republish());
    await this.#finish();
    return { epoch: this.#open.epoch ?? 0, steps: this.#open.steps };
  }

  async #begin(): Promise<Open> {
    const { database } = this.#parts;
    await database.query('insert into backup.recoveries default values on conflict do nothing');
    const { rows } = await database.query<Open>(
      'select recovery_id, epoch, steps from backup.recoveries where finished_at is null',
    );
    if (!rows[0]) throw new MillraceError('PREFLIGHT_FAILED', 'another recovery has just finished');
    return rows[0];
  }

  /** Does a step, unless it was done before the recovery was cut off. */
  async #step(name: string, work: () => Promise<string>): Promise<void> {
    const { database, log } = this.#parts;
    if (this.#open.steps.includes(name)) return;
    const said = await work();
    await database.query(
      `update backup.recoveries set steps = case when $2 = any(steps) then steps else steps || $2::text end where recovery_id = $1`,
      [this.#open.recovery_id, name],
    );
    this.#open.steps.push(name);
    log(said);
  }

  /** Until it is resumed below, nobody else may start the connector, and no group reads on. */
  async #holdRelay(): Promise<string> {
    const { connect, database } = this.#parts;
    const reason = 'the database was put back: millrace recover is at work, or must be run again';
    await holdRelay(database, { cause: 'store_went_back', detail: reason });
    if ((await connect.state()).connector === 'absent') return 'relay: no connector yet';
    await connect.stop();
    await within(() => connect.hasStopped(), 'the connector does not stop');
    return 'relay stopped';
  }

  async #dropSlot(): Promise<string> {
    const { database } = this.#parts;
    const gone = async (): Promise<boolean> => {
      await dropSlot(database);
      return !(await readSlot(database)).exists;
    };
    await within(gone, 'somebody holds the slot');
    return 'slot dropped';
  }

  /** Reads the topics: which epochs there were, and which messages of the outbox have arrived already. */
  async #endTimeline(): Promise<string> {
    const { database, brokers, topics, logger } = this.#parts;
    const logs = await partitionRanges({ brokers }, topics);
    const { rows } = await database.query<{ id: string; topic: string }>(
      'select id, topic from outbox.outbox_messages union all select id, topic from outbox.dead_letters',
    );
    const unsent = new Map(rows.map(({ id, topic }) => [`${topic} ${id}`, id]));
    const waiting = new Set(rows.map(({ topic }) => topic));
    const arrived: string[] = [];
    let newest = 0;
    const ranges = logs.map((log) => (waiting.has(log.topic) ? log : tailOf(log)));
    await scanTopics({ brokers, logger, ranges }, ({ topic, records }) => {
      for (const { headers } of records) {
        const epoch = Number(headers['ce_epoch']);
        if (epoch > newest) newest = epoch;
        // A dead letter bears the id of the event that it is about, and its own beside it.
        const id = unsent.get(`${topic} ${headers['dlq_id'] ?? headers['ce_id']}`);
        if (id !== undefined) arrived.push(id);
      }
    });
    const epoch = await this.#bumpEpoch(newest, arrived);
    this.#open = { ...this.#open, epoch };
    return `epoch ${epoch}; ${arrived.length} of ${rows.length} message(s) in the outbox were on their topic and are dropped`;
  }

  /** All of the outbox is read again: what has arrived would arrive twice, also at outsiders. */
  async #bumpEpoch(newest: number, arrived: readonly string[]): Promise<number> {
    return this.#parts.database.transaction(async (transaction) => {
      await transaction.query('delete from outbox.outbox_messages where id = any($1::uuid[])', [arrived]);
      await transaction.query('delete from outbox.dead_letters where id = any($1::uuid[])', [arrived]);
      const { rows } = await transaction.query<{ epoch: number }>(
        'update event_store.epoch set epoch = greatest(epoch, $1::integer) + 1 returning epoch',
        [newest],
      );
      const epoch = rows[0]?.epoch ?? 0;
      await transaction.query(
        `update backup.recoveries set epoch = $2, steps = steps || 'epoch'::text where recovery_id = $1`,
        [this.#open.recovery_id, epoch],
      );
      return epoch;
    });
  }

  async #giveUpPositions(): Promise<string> {
    const { database, brokers, topics } = this.#parts;
    const ends = await partitionRanges({ brokers }, topics);
    return database.transaction(async (transaction) => {
      // A log that is shorter than a position is another log.
      const { rowCount } = await transaction.query(
        `delete from consumer.positions p using jsonb_to_recordset($1) as log (topic text, partition integer, "end" bigint)
          where p.topic = log.topic and p.partition = log.partition and p.next_offset > log."end"`,
        [JSON.stringify(ends)],
      );
      await this.#parts.forgetSeen(transaction);
      return `${rowCount ?? 0} position(s) lay beyond the log and are given up; the auditor forgets what it saw`;
    });
  }

  async #forgetOffsets(): Promise<string> {
    const { connect } = this.#parts;
    if ((await connect.state()).connector === 'absent') return 'Connect keeps no offsets';
    // Refused for as long as the task is ending.
    const forgotten = async (): Promise<boolean> => {
      await connect.forgetOffsets();
      return true;
    };
    await within(forgotten, 'Connect keeps its offsets');
    return 'Connect has forgotten its offsets';
  }

  async #resume(): Promise<string> {
    const { connect, database } = this.#parts;
    const { connector } = await connect.state();
    if (connector !== 'absent') await connect.resume();
    await releaseRelay(database);
    if (connector === 'absent') return 'relay: no connector yet, `npx millrace deploy` registers it';
    await within(async () => (await connect.state()).task === 'RUNNING', 'the task does not start');
    return 'relay resumed';
  }

  async #republish(): Promise<string> {
    const { database, republish } = this.#parts;
    const { rows } = await database.query<EventRef>(
      `select distinct e.tenant_id as "tenantId", e.aggregate_type as "aggregateType", e.aggregate_id as "aggregateId",
              e.sequence_number as "sequenceNumber"
         from backup.restores r join event_store.events e
           on e.created_at > r.state_taken_at - $2::interval and e.created_at <= coalesce(r.until, r.restored_at)
        where r.recovered_at is null and r.tenant_id = $1 and (r.until is null or r.until > r.state_taken_at)`,
      [WHOLE_STORE, LONGEST_APPEND],
    );
    const count = rows.length > 0 ? await republish(rows) : 0;
    return `${count} event(s) after the restored state of processes are sent again`;
  }

  async #finish(): Promise<void> {
    await this.#parts.database.transaction(async (transaction) => {
      await transaction.query('update backup.restores set recovered_at = clock_timestamp() where recovered_at is null');
      await transaction.query('update backup.recoveries set finished_at = clock_timestamp() where recovery_id = $1', [
        this.#open.recovery_id,
      ]);
    });
    await releaseRelay(this.#parts.database);
  }
}

function tailOf(range: PartitionRange): PartitionRange {
  return { ...range, first: Math.max(range.first, range.end - TAIL_RECORDS) };
}

/** Asks again until it is so. Errors count as no. */
async function within(isSo: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  let cause: unknown;
  for (;;) {
    const done = await isSo().catch((error: unknown) => {
      cause = error;
      return false;
    });
    if (done) return;
    if (performance.now() > deadline) throw new MillraceError('CONNECT_UNAVAILABLE', otherwise, { cause });
    await delay(ASK_AGAIN_MS);
  }
}
