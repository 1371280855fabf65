/** A plain SELECT of a stream through our driver, without our store: what a load costs by itself. */
import { openDatabase } from '@millrace/postgres';

import type { Driver } from '../harness/load.ts';
import { pastId } from '../suites/filled-store.ts';
import { commandUrl } from '../suites/millrace-store.ts';
import { ORDER } from '../suites/order-appends.ts';

const LOAD = `select sequence_number, event_id, event_type, event_version, payload, occurred_at from event_store.events
  where tenant_id = $1 and aggregate_type = $2 and aggregate_id = $3 order by sequence_number`;

/** What is loaded: streams of one event, the one that a command needs when the rest is cached. */
export type Loads = { readonly database: { readonly url: string }; readonly streams: number };

/** @param poolSize connections */
export function nodeLoadDriver({ database, streams }: Loads, poolSize: number): Driver {
  const pool = openDatabase({ url: commandUrl(database), poolSize });
  let wrong = 0;
  return {
    async operate(writer, index) {
      // A stride that meets every stream once before it meets one twice.
      const stream = pastId(((index * poolSize + writer) * 7_919) % streams);
      const { rowCount } = await pool.query({ name: 'load', text: LOAD, values: ['acme', ORDER, stream] });
      if (rowCount !== 1) wrong += 1;
    },
    close: () => pool.close(),
    check: async () => (wrong === 0 ? [] : [`${wrong} loads did not bring the event`]),
  };
}
