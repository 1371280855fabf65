import type { Republisher } from '@millrace/audit';
import { EventEncoder } from '@millrace/avro';
import { internalCatalogues } from '@millrace/contracts/topology';
import { loadSchemaIds } from '@millrace/outbox';
import type { Database } from '@millrace/postgres';
import { republishEvents, republishOutboxRows } from '@millrace/relay';

/** Fills holes with the relay's own means: original ids, times and bytes. */
export async function republisher(database: Database): Promise<Republisher> {
  const encoder = new EventEncoder(internalCatalogues, await loadSchemaIds(database));
  return {
    events: (refs) => republishEvents(database, encoder, refs),
    outboxRows: (ids, topic) => republishOutboxRows(database, ids, topic),
  };
}
