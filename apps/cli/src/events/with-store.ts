import type { Environment } from '@millrace/config';
import { storedEvents } from '@millrace/contracts/topology';
import { type EventStore, PostgresEventStore } from '@millrace/event-store';

import { withDatabase } from '../with-database.ts';

/** Runs `work` with the event store of `placesOf`, for reading. Errors as `withDatabase`. */
export function withStore<T>(places: Environment, work: (store: EventStore) => Promise<T>): Promise<T> {
  return withDatabase(places, (database) =>
    work(new PostgresEventStore({ database, catalogue: storedEvents, encode: readOnly })),
  );
}

function readOnly(): never {
  throw new Error('the command line does not append events');
}
