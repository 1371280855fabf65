/** What scenarios do to the replication slot, the publication and the connector, as somebody with too many rights would. */
import { SLOT_NAME } from '@millrace/relay';
import { eventually } from '@millrace/testing';

import type { ChaosStack } from './chaos-stack.ts';

const SEGMENTS_BEYOND_LIMIT = 150;
const PATIENCE = { timeoutMs: 120_000, intervalMs: 200 };

/** Drops the slot, whoever reads it. */
export async function dropSlot({ stack: { database } }: ChaosStack): Promise<void> {
  await eventually(async () => {
    await database.query(
      `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active`,
      [SLOT_NAME],
    );
    await database.query(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active`,
      [SLOT_NAME],
    );
    const { rowCount } = await database.query('select from pg_replication_slots where slot_name = $1', [SLOT_NAME]);
    return rowCount === 0;
  }, PATIENCE);
}

/** Makes it anew at the present end of the WAL: what was committed before is not in it. */
export async function makeSlot({ stack: { database } }: ChaosStack): Promise<void> {
  await database.query(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [SLOT_NAME]);
}

/** Moves an unread slot past everything that was committed. */
export async function advanceSlot({ stack: { database } }: ChaosStack): Promise<void> {
  await eventually(async () => {
    await database.query(
      `select pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) from pg_replication_slots where slot_name = $1`,
      [SLOT_NAME],
    );
    return true;
  }, PATIENCE);
}

/** Writes more WAL than an unread slot may retain, until Postgres cuts it off. */
export async function invalidateSlot({ stack: { database } }: ChaosStack): Promise<void> {
  const lost = async () => {
    const { rows } = await database.query<{ lost: boolean }>(
      `select wal_status = 'lost' or invalidation_reason is not null as lost from pg_replication_slots where slot_name = $1`,
      [SLOT_NAME],
    );
    return rows[0]?.lost === true;
  };
  for (let segment = 0; segment < SEGMENTS_BEYOND_LIMIT; segment += 1) {
    await database.query(`select pg_logical_emit_message(false, 'chaos', 'filler')`);
    await database.query('select pg_switch_wal()');
  }
  await eventually(async () => {
    await database.query('checkpoint');
    return lost();
  }, PATIENCE);
}

/** A call of Connect's REST API for the connector. @throws Error with what it answered */
export async function askConnect({ stack }: ChaosStack, method: string, path: string): Promise<void> {
  const response = await fetch(`${stack.env.CONNECT_URL}/connectors/outbox${path}`, { method });
  if (!response.ok) throw new Error(`Connect answered ${response.status} to ${method} ${path}`);
}

/** Deletes what Connect knows of how far the connector has read. */
export async function deleteOffsets(chaos: ChaosStack): Promise<void> {
  await eventually(() => askConnect(chaos, 'PUT', '/stop').then(() => true), PATIENCE);
  // Refused until the task has ended.
  await eventually(() => askConnect(chaos, 'DELETE', '/offsets').then(() => true), PATIENCE);
  await askConnect(chaos, 'PUT', '/resume');
}
