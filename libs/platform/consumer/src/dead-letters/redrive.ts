/**
 * Tries parked events of one aggregate again, in order, as a batch of their partition would be applied:
 *
 *     lock the position ─▶ lock the parked events ─▶ read their records anew ─▶ fold until one fails ─▶ write
 *       ─▶ delete what was applied, note what failed, answer the operator ─▶ commit
 *
 * It is one transaction, so an event is either applied and gone, or parked still. The position does not move. Live events
 * of the aggregate wait for the position, and find it parked no more once nothing is left.
 */
import type { Transaction } from '@millrace/postgres';
import type { Logger } from '@millrace/telemetry';

import { BatchFold } from '../batch-fold.ts';
import type { BatchParts } from '../batch-transaction.ts';
import { endedReadings } from '../epoch-guard.ts';
import { isRefusedData } from '../fault.ts';
import type { HeldPartition } from '../group-handler.ts';
import { errorColumns, type ParkedEvent } from '../parking.ts';
import { lockPosition } from '../position.ts';
import type { Reading, RecordReader } from '../record-reader.ts';
import { lockParked, OF_SEQUENCE, removeParked, type Sequence, sequenceParameters } from './parked-record.ts';

/** What a retry works with. */
export type RedriveParts = BatchParts & { readonly reader: RecordReader; readonly logger: Logger };

/** What became of a sequence, or of its first part: `more` says that others wait to be tried. */
export type RedriveOutcome = {
  readonly applied: number;
  readonly failed: ParkedEvent | undefined;
  readonly more: boolean;
};

type Try = {
  readonly held: HeldPartition;
  readonly sequence: Sequence;
  readonly limit: number;
  readonly poison?: unknown;
};

const PAGE_EVENTS = 500;

/**
 * Tries the events of a sequence that were asked for, up to the first that fails again; a long one in several calls.
 * @throws MillraceError `POSITION_FENCED`, retriable ones of database and registry; then nothing has changed
 */
export async function redriveSequence(
  parts: RedriveParts,
  held: HeldPartition,
  sequence: Sequence,
): Promise<RedriveOutcome> {
  let limit = PAGE_EVENTS;
  for (;;) {
    try {
      return await tryOnce(parts, { held, sequence, limit });
    } catch (error) {
      if (!isRefusedData(error)) throw error;
      // Postgres refuses one of them and does not say which: halved until it stands alone.
      if (limit === 1) return tryOnce(parts, { held, sequence, limit, poison: error });
      limit = Math.floor(limit / 2);
    }
  }
}

async function tryOnce(parts: RedriveParts, { held, sequence, limit, poison }: Try): Promise<RedriveOutcome> {
  const { at, position } = held;
  return parts.database.transaction(async (transaction) => {
    const epoch = await lockPosition(transaction, at, position);
    const parked = await lockParked(transaction, sequence, limit);
    const firstUnasked = parked.findIndex(({ asked }) => !asked);
    const asked = firstUnasked < 0 ? parked : parked.slice(0, firstUnasked);
    const readings: Reading[] = [];
    for (const { record } of asked) readings.push(await parts.reader.read(record));
    const ended = await endedReadings(transaction, { topic: at.topic, readings, epoch });
    const attempt = { number: 1, last: true, ...(poison !== undefined && { poison }) };
    const fold = await BatchFold.begin(parts, transaction, { at, readings, attempt, unparks: true });
    const done: number[] = [];
    for (const reading of readings) {
      if (!ended.has(reading)) await fold.take(reading);
      if (fold.parked.length > 0) break;
      done.push(reading.record.offset);
    }
    await fold.write();
    await removeParked(transaction, sequence, done);
    const [failed] = fold.parked;
    const more = !failed && firstUnasked < 0 && parked.length === limit;
    await noteOutcome(transaction, sequence, { applied: done.length, failed, more, tried: asked.length });
    return { applied: done.length, failed, more };
  });
}

type Noted = RedriveOutcome & { readonly tried: number };

/** Notes the new error, and answers every open request for the sequence. */
async function noteOutcome(transaction: Transaction, sequence: Sequence, noted: Noted): Promise<void> {
  const key = sequenceParameters(sequence);
  const { applied, failed, more } = noted;
  const error = failed ? errorColumns(failed.error) : { error_code: null, error_detail: null };
  if (failed) {
    await transaction.query(
      `update consumer.parked_events
       set attempts = attempts + 1, error_code = $7, error_detail = $8, failed_at = clock_timestamp()
       where ${OF_SEQUENCE} and record_offset = $9`,
      [...key, error.error_code, error.error_detail, failed.reading.record.offset],
    );
  }
  if (!more) {
    await transaction.query(
      `update consumer.parked_events set retry_requested_at = null where ${OF_SEQUENCE} and retry_requested_at is not null`,
      key,
    );
  }
  await transaction.query(
    `update consumer.dead_letter_actions
     set applied = applied + $7, outcome = $8, error_code = $9, error_detail = $10,
       finished_at = case when $8::text is null then null else clock_timestamp() end
     where ${OF_SEQUENCE} and action = 'retry' and outcome is null`,
    [...key, applied, verdictOf(noted), error.error_code, error.error_detail],
  );
}

/** Answer to the operator; none while there is more to try. */
function verdictOf({ failed, more, tried }: Noted): 'applied' | 'failed' | 'gone' | null {
  if (more) return null;
  if (failed) return 'failed';
  return tried > 0 ? 'applied' : 'gone';
}
