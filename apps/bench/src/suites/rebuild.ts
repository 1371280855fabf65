/** A read model that is made anew from the store, against one that is made by reading its topic again. */
import { areEqual, type FleetParts, rebuildBeside, rebuildProjection } from '@millrace/consumer';
import type { OrderEvent } from '@millrace/contracts/orders';
import { storedEvents, TOPIC_PARTITIONS } from '@millrace/contracts/topology';
import type { RecordedEvent } from '@millrace/core';
import { orderReadModel } from '@millrace/orders-read-models';
import { type Database, openDatabase } from '@millrace/postgres';
import { createLogger } from '@millrace/telemetry';

import type { Arm, Experiment } from '../harness/arm.ts';
import type { BenchPostgres } from '../harness/bench-postgres.ts';
import { drain } from '../harness/drain.ts';
import { followedStore, storeOfOrders } from './filled-orders.ts';
import { followingArm } from './following-orders.ts';
import { BATCH, checkGroup, checkOrders, liveArm } from './live-orders.ts';
import { orderLives } from './order-lives.ts';
import { fillOrders } from './orders-topic.ts';
import type { Bench, Scale, Suite } from './suite.ts';

/** In batches of 500 events. Live projections apply so many of the first ones, and are compared by their rates. */
const batches: Record<Scale, { readonly all: number; readonly live: number; readonly warmUp: number }> = {
  tiny: { all: 6, live: 6, warmUp: 2 },
  quick: { all: 200, live: 48, warmUp: 8 },
  full: { all: 2_000, live: 440, warmUp: 40 },
};

async function fromTheStore({ postgres, kafka: started, scale }: Bench): Promise<Experiment> {
  const { all, live, warmUp } = batches[scale];
  const events = orderLives(all * BATCH);
  const rebuilt = { postgres, template: await followedStore(postgres, events), events };
  const firstEvents = events.slice(0, live * BATCH);
  const kafka = await started();
  await fillOrders(kafka, firstEvents);
  const stored = { postgres, template: await storeOfOrders(postgres, events), events: firstEvents, warmUp };
  const orders = new Set(events.map(({ aggregateId }) => aggregateId)).size;
  return {
    name: 'rebuild',
    about: `order-read-model-projection, ${events.length.toLocaleString('en')} events of ${orders.toLocaleString('en')} orders`,
    arms: [
      followingArm('live', { ...stored, kafka }),
      liveArm('batches', stored),
      rebuildArm('beside', rebuilt, beside),
      rebuildArm('in-place', rebuilt, inPlace),
    ],
    floor: 'live',
    comparisons: [{ gate: 'rebuild-live', of: 'beside', to: 'live', quantity: 'perSecond' }],
    turn: { warmUp: { operations: warmUp * BATCH }, measure: { operations: (live - warmUp) * BATCH } },
  };
}

type Rebuilt = {
  readonly postgres: BenchPostgres;
  /** A store whose table has followed the events. */
  readonly template: string;
  readonly events: readonly RecordedEvent<OrderEvent>[];
};

/** @returns events that were folded, and what is wrong */
type Rebuild = (owner: Database) => Promise<{ readonly events: number; readonly problems: readonly string[] }>;

function rebuildArm(name: string, { postgres, template, events }: Rebuilt, run: Rebuild): Arm {
  return {
    name,
    async measure() {
      const database = await postgres.create(template);
      const owner = openDatabase({ url: database.url, poolSize: 6, statementTimeoutMs: 600_000 });
      try {
        let done: Awaited<ReturnType<Rebuild>> = { events: 0, problems: [] };
        const measured = await drain({ postgres, database, operations: events.length }, async () => {
          done = await run(owner);
        });
        const folded = done.events === events.length ? [] : [`${done.events} of ${events.length} events were folded`];
        const rows = await checkOrders(database, events);
        return {
          ...measured,
          problems: [...done.problems, ...folded, ...rows, ...(await checkGroup(database, events.length))],
        };
      } finally {
        await owner.close();
        await database.drop();
      }
    },
  };
}

const common = { catalogue: storedEvents, partitions: TOPIC_PARTITIONS };

async function beside(owner: Database): ReturnType<Rebuild> {
  const parts: FleetParts = {
    ...common,
    database: owner,
    projection: orderReadModel as unknown as FleetParts['projection'],
    log: () => {
      throw new Error('the topic has nothing that the store does not have');
    },
    logger: createLogger({ service: 'bench', level: 'silent' }),
  };
  const { events, switched, comparison } = await rebuildBeside(parts, { by: 'bench' });
  const isSame = switched && areEqual(comparison);
  return { events, problems: isSame ? [] : [`the rebuilt table differs from the live one, or is not read`] };
}

async function inPlace(owner: Database): ReturnType<Rebuild> {
  const { events } = await rebuildProjection({ ...common, database: owner, projection: orderReadModel });
  return { events, problems: [] };
}

/** The suite `rebuild`. */
export const rebuild: Suite = {
  name: 'rebuild',
  about: 'a read model made anew from the store against its group reading the topic again',
  experiments: [fromTheStore],
};
