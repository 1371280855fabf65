/** What must not grow: the cost of an append or a load as the store, a stream or the number of tenants grows. */
import type { StreamId } from '@millrace/core';
import type { PostgresEventStore } from '@millrace/event-store';
import { openDatabase } from '@millrace/postgres';

import type { Arm, Experiment } from '../harness/arm.ts';
import type { BenchDatabase, BenchPostgres } from '../harness/bench-postgres.ts';
import { drive, freshArm } from '../harness/load.ts';
import { filledStore, pastId, pastOf } from './filled-store.ts';
import { commandUrl, millraceDriver, millraceTemplate, onDatabase, openStore } from './millrace-store.ts';
import { appendOf, idOf, LIFE, nthAppend, ORDER } from './order-appends.ts';
import type { Bench, Scale, Suite } from './suite.ts';

type Size = {
  readonly largeStore: number;
  readonly longStream: number;
  /** As many as appends can be made to in a run without making them long. */
  readonly shortStreams: number;
  readonly tenants: number;
  readonly turn: Experiment['turn'];
};

const sizes: Record<Scale, Size> = {
  tiny: {
    ...{ largeStore: 20_000, longStream: 1_000, shortStreams: 200, tenants: 10 },
    turn: { warmUp: { ms: 100 }, measure: { ms: 300 } },
  },
  quick: {
    ...{ largeStore: 1_000_000, longStream: 100_000, shortStreams: 2_000, tenants: 1_000 },
    turn: { warmUp: { ms: 200 }, measure: { ms: 700 } },
  },
  full: {
    ...{ largeStore: 10_000_000, longStream: 100_000, shortStreams: 40_000, tenants: 1_000 },
    turn: { warmUp: { ms: 2_000 }, measure: { ms: 10_000 } },
  },
};

const SMALL_STORE = 10_000;
const SHORT_STREAM = 10;
/** The short streams grow while they are appended to; each until it is so many times as long as it was. */
const SHORT_STREAM_GROWS = 2;
/** Events after the newest snapshot just before the next one is due, and the stream that never had one. */
const SNAPSHOT_EVERY = 100;

async function storeSize({ postgres, scale }: Bench): Promise<Experiment> {
  const { largeStore, turn } = sizes[scale];
  const small = await filledStore(postgres, 'bench_small_store', [pastOf(SMALL_STORE)]);
  const large = await largeStoreOf(postgres, scale);
  const newStreams = (start: number) => nthAppend(0, start);
  const oldStreams = (count: number) => {
    // A stride that meets every stream once before it meets one twice, and is far from the one before.
    const streams = largeStore / LIFE;
    const stream = (count * 7_919) % streams;
    return appendOf(
      { tenantId: 'acme', aggregateId: pastId(stream), eventId: idOf(1, count) },
      LIFE + Math.floor(count / streams),
    );
  };
  return {
    name: 'store size',
    about: `one writer, after ${SMALL_STORE.toLocaleString('en')} and ${largeStore.toLocaleString('en')} events; large-old goes on with streams all over the store`,
    arms: [
      heldArm('small', { postgres, database: small, append: newStreams }),
      heldArm('large', { postgres, database: large, append: newStreams }),
      heldArm('large-old', { postgres, database: large, append: oldStreams }),
    ],
    floor: 'small',
    comparisons: [{ gate: 'growth-store', of: 'large', to: 'small', quantity: 'p50' }],
    turn,
  };
}

/** Numbers of single streams, beyond those of all others. */
const LONG = 20_000_000;
const HUNDRED = 30_000_000;

/** Many streams of the usual length, and among them a long one and one of a hundred events that nobody appends to. */
async function largeStoreOf(postgres: BenchPostgres, scale: Scale): Promise<Omit<BenchDatabase, 'drop'>> {
  const { largeStore, longStream } = sizes[scale];
  return filledStore(postgres, 'bench_large_store', [
    pastOf(largeStore),
    { first: LONG, streams: 1, length: longStream },
    { first: HUNDRED, streams: 1, length: SNAPSHOT_EVERY },
  ]);
}

async function streamsStore({ postgres, scale }: Bench): Promise<Omit<BenchDatabase, 'drop'>> {
  const { longStream, shortStreams } = sizes[scale];
  return filledStore(postgres, 'bench_streams', [
    { first: 0, streams: shortStreams, length: SHORT_STREAM },
    { first: LONG, streams: 1, length: longStream },
  ]);
}

async function streamLength(bench: Bench): Promise<Experiment> {
  const { postgres, scale } = bench;
  const { longStream, shortStreams, turn } = sizes[scale];
  const database = await streamsStore(bench);
  const toShort = (count: number) => {
    const growth = SHORT_STREAM * (SHORT_STREAM_GROWS - 1);
    const turns = Math.floor(count / growth);
    const version = SHORT_STREAM + Math.floor(turns / shortStreams) * growth + (count % growth);
    return appendOf({ tenantId: 'acme', aggregateId: pastId(turns % shortStreams), eventId: idOf(0, count) }, version);
  };
  const toLong = (count: number) =>
    appendOf({ tenantId: 'acme', aggregateId: pastId(LONG), eventId: idOf(1, count) }, longStream + count);
  return {
    name: 'stream length',
    about: `one writer, streams of ${SHORT_STREAM} to ${SHORT_STREAM * SHORT_STREAM_GROWS} events and one of ${longStream.toLocaleString('en')}`,
    arms: [
      heldArm('short', { postgres, database, append: toShort }),
      heldArm('long', { postgres, database, append: toLong }),
    ],
    floor: 'short',
    comparisons: [{ gate: 'growth-stream', of: 'long', to: 'short', quantity: 'p50' }],
    turn,
  };
}

async function snapshotLoad(bench: Bench): Promise<Experiment> {
  const { postgres, scale } = bench;
  const { longStream, turn } = sizes[scale];
  // Among many streams: a store of one stream alone would be read from end to end, and rightly so.
  const database = await largeStoreOf(postgres, scale);
  const stream = (number: number): StreamId => ({
    tenantId: 'acme',
    aggregateType: ORDER,
    aggregateId: pastId(number),
  });
  await withStore(database, (store) =>
    store.saveSnapshot(
      stream(LONG),
      { sequenceNumber: longStream - SNAPSHOT_EVERY + 1, stateVersion: 1, state: { status: 'created' } },
      3,
    ),
  );
  const loading = (name: string, number: number, events: number): Arm =>
    loadArm(name, { postgres, database, stream: stream(number), events });
  return {
    name: 'load',
    about: `loadForCommand: snapshot and ${SNAPSHOT_EVERY - 1} events of ${longStream.toLocaleString('en')}, and a stream of ${SNAPSHOT_EVERY} without snapshot`,
    arms: [loading('hundred', HUNDRED, SNAPSHOT_EVERY), loading('long', LONG, SNAPSHOT_EVERY - 1)],
    floor: 'hundred',
    comparisons: [{ gate: 'growth-load', of: 'long', to: 'hundred', quantity: 'p50' }],
    turn,
  };
}

const TENANT_WRITERS = 16;

async function tenants({ postgres, scale }: Bench): Promise<Experiment> {
  const { tenants: many, turn } = sizes[scale];
  const load = { postgres, writers: TENANT_WRITERS, template: await millraceTemplate(postgres) };
  const arm = (count: number) =>
    freshArm(`tenants-${count}`, load, (database) =>
      millraceDriver(database, TENANT_WRITERS, {
        tenantOf(writer, index) {
          const stream = Math.floor(index / LIFE) * TENANT_WRITERS + writer;
          return `tenant-${String(stream % count).padStart(4, '0')}`;
        },
      }),
    );
  return {
    name: 'tenants',
    about: `${TENANT_WRITERS} writers, the same appends of 1 and of ${many.toLocaleString('en')} tenants`,
    arms: [arm(1), arm(many)],
    floor: 'tenants-1',
    comparisons: [{ gate: 'growth-tenants', of: `tenants-${many}`, to: 'tenants-1', quantity: 'perSecond' }],
    turn,
  };
}

type Held = {
  readonly postgres: BenchPostgres;
  readonly database: Omit<BenchDatabase, 'drop'>;
  /** Append number `count` of the arm, over all its turns. */
  readonly append: (count: number) => Parameters<PostgresEventStore['append']>[0];
};

/** Appends of one writer to a store that is kept from turn to turn. */
function heldArm(name: string, { postgres, database, append }: Held): Arm {
  let count = 0;
  return {
    name,
    async measure(turn) {
      await postgres.checkpoint();
      const before = await announcedIn(database);
      const first = count;
      const pool = openDatabase({ url: commandUrl(database), poolSize: 1 });
      const store = openStore(pool);
      const driver = {
        operate: () => store.append(append(count++)),
        close: () => pool.close(),
        check: async () => {
          const { events, gaps } = await announcedIn(database);
          const added = events - before.events;
          return added === count - first && gaps === 0
            ? []
            : [`${added} events, ${gaps} gaps: ${count - first} appends`];
        },
      };
      return drive(driver, { postgres, database, writers: 1, ...turn });
    },
  };
}

/** Events that were appended and announced, and streams in which one of them is missing. */
async function announcedIn(database: Pick<BenchDatabase, 'url'>): Promise<{ events: number; gaps: number }> {
  const { rows } = await onDatabase(database.url, (owner) =>
    owner.query<{ events: number; gaps: number }>(`
      with announced as (
        select key, sequence_number as version from outbox.outbox_messages
          join event_store.events on event_id = id and aggregate_id = key and sequence_number::text = ce_aggregateversion),
      streams as (select max(version) - min(version) + 1 as wanted, count(*) as found from announced group by key)
      select (select count(*) from announced) as events, (select count(*) from streams where wanted <> found) as gaps`),
  );
  return rows[0] ?? { events: 0, gaps: 0 };
}

type Loading = Omit<Held, 'append'> & { readonly stream: StreamId; readonly events: number };

function loadArm(name: string, { postgres, database, stream, events }: Loading): Arm {
  return {
    name,
    async measure(turn) {
      const pool = openDatabase({ url: commandUrl(database), poolSize: 1 });
      const store = openStore(pool);
      let wrong = 0;
      const driver = {
        async operate() {
          const basis = await store.loadForCommand(stream, { stateVersion: 1 });
          if (basis.events.length !== events) wrong += 1;
        },
        close: () => pool.close(),
        check: async () => (wrong === 0 ? [] : [`${wrong} loads did not bring ${events} events`]),
      };
      return drive(driver, { postgres, database, writers: 1, ...turn });
    },
  };
}

async function withStore(
  database: Pick<BenchDatabase, 'url'>,
  work: (store: PostgresEventStore) => Promise<unknown>,
): Promise<void> {
  const pool = openDatabase({ url: commandUrl(database), poolSize: 1 });
  await work(openStore(pool)).finally(() => pool.close());
}

/** The suite `growth`. */
export const growth: Suite = {
  name: 'growth',
  about: 'append and load as store, streams and tenants grow',
  experiments: [storeSize, streamLength, snapshotLoad, tenants],
};
