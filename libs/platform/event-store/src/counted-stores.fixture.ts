import { type Database, openDatabase } from '@millrace/postgres';

import { counterEvents, COUNTERS_TOPIC, encodeJson } from './event-store.fixture.ts';
import { PostgresEventStore } from './postgres-event-store.ts';

type TestDatabase = {
  readonly url: string;
  readonly roleUrls: { readonly command: string };
  drop(): Promise<void>;
};

/** A store on a database of its own, which counts the statements it sends. */
export type CountedStore = {
  readonly store: PostgresEventStore;
  /** Another process on the same database. */
  readonly another: PostgresEventStore;
  readonly counted: { statements: number };
  readonly owner: Database;
};

/** Opens stores for a spec, and closes them after it. */
export class CountedStores {
  readonly #create: (topics: string[]) => Promise<TestDatabase>;
  readonly #closers: (() => Promise<void>)[] = [];

  /** @param create as `createTestDatabase`: this folder may not import the test services */
  constructor(create: (topics: string[]) => Promise<TestDatabase>) {
    this.#create = create;
  }

  async open({ coalesce }: { readonly coalesce: boolean }): Promise<CountedStore> {
    const test = await this.#create([COUNTERS_TOPIC]);
    const database = openDatabase({ url: test.roleUrls.command });
    const owner = openDatabase({ url: test.url });
    this.#closers.push(async () => {
      await database.close();
      await owner.close();
      await test.drop();
    });
    const counted = { statements: 0 };
    const counting: Database = {
      ...database,
      query: (...args) => {
        counted.statements += 1;
        return database.query(...args);
      },
    };
    const open = () =>
      new PostgresEventStore({ database: counting, catalogue: counterEvents.old, encode: encodeJson, coalesce });
    return { store: open(), another: open(), counted, owner };
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close();
  }
}
