import type { Database } from '@millrace/postgres';

import type { ConnectClient } from './connect-client.ts';
import { type PoisonRow, poisonText, quarantineRow } from './poison-row.ts';
import { restorePublication } from './publication.ts';
import { holdRelay, readHold, releaseRelay } from './relay-hold.ts';
import type { RelayProblem } from './relay-problem.ts';
import { dropSlot, readSlot } from './slot.ts';

/** What a repair works on. */
export type RepairParts = { readonly database: Database; readonly connect: ConnectClient };

/**
 * Takes the slot away and lets Debezium make another: `snapshot.mode=when_needed` then reads all of the retained outbox
 * again, in order. Everything comes that was not sent, and what was sent comes twice.
 *
 *     hold ──▶ stop ──▶ drop the slot, once nobody holds it ──▶ publication put right ──▶ resume ──▶ release
 *
 * Each call goes as far as it can; the hold makes the next one go on, whichever process makes it.
 * @returns whether it is done
 */
export async function replaceSlot({ database, connect }: RepairParts, problem: RelayProblem): Promise<boolean> {
  await holdRelay(database, problem);
  if ((await readHold(database))?.cause === 'store_went_back') return false;
  await connect.stop();
  await dropSlot(database);
  if ((await readSlot(database)).exists) return false;
  // Not while the old slot is read: it would send what comes next, and what it has passed over would come behind that.
  await restorePublication(database);
  await connect.resume();
  await releaseRelay(database);
  return true;
}

/**
 * Takes messages that cannot be sent out of the stream: into `outbox.quarantine`, and past them with a new slot. The
 * events stay in the store; consumers that miss one take it from there.
 * @returns the messages that were there to be taken
 */
export async function quarantine(parts: RepairParts, rows: readonly PoisonRow[]): Promise<PoisonRow[]> {
  const [first] = rows;
  if (!first) return [];
  const problem: RelayProblem = { cause: 'poison_row', detail: poisonText(first) };
  // Held before the first row goes: with the rows away, nothing else would tell that the slot has to be made anew.
  await holdRelay(parts.database, problem);
  const taken: PoisonRow[] = [];
  for (const row of rows) {
    if (await quarantineRow(parts.database, row.seq, row.reason)) taken.push(row);
  }
  await replaceSlot(parts, problem);
  return taken;
}
