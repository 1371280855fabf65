/** A read model that follows its topic: transactions of 500 events, against their very statements and against a peer. */
import type { OrderEvent } from '@millrace/contracts/orders';
import type { RecordedEvent } from '@millrace/core';
import { openDatabase } from '@millrace/postgres';

import { pgbenchMissing } from '../floors/pgbench.ts';
import { recording, type Sent } from '../floors/recorded.ts';
import { driverReplay, pgbenchReplay, type Replay, type Turnout } from '../floors/replay.ts';
import type { Arm, Experiment } from '../harness/arm.ts';
import type { BenchPostgres } from '../harness/bench-postgres.ts';
import { emmettArm } from '../peers/emmett-projection.ts';
import { BATCH, batchesOf, checkGroup, checkOrders, liveArm, liveProjection } from './live-orders.ts';
import { millraceTemplate, projectorUrl } from './millrace-store.ts';
import { orderLives } from './order-lives.ts';
import type { Bench, Scale, Suite } from './suite.ts';

/** Batches that are discarded, and those that are measured; the peer gets fewer, and is compared by its rate. */
type Size = { readonly warmUp: number; readonly measure: number; readonly peer: number };

const sizes: Record<Scale, Size> = {
  tiny: { warmUp: 2, measure: 4, peer: 1 },
  quick: { warmUp: 8, measure: 40, peer: 2 },
  full: { warmUp: 40, measure: 400, peer: 40 },
};

const inEvents = ({ warmUp, measure }: Pick<Size, 'warmUp' | 'measure'>) => ({
  warmUp: { operations: warmUp * BATCH },
  measure: { operations: measure * BATCH },
});

async function throughput({ postgres, scale, environment }: Bench): Promise<Experiment> {
  const { warmUp, measure, peer } = sizes[scale];
  const template = await millraceTemplate(postgres);
  const events = orderLives((warmUp + measure) * BATCH);
  const recorded = await recordedBatches(postgres, { events, warmUp });
  const missing = await pgbenchMissing(environment);
  const again = { postgres, template, events, recorded };
  return {
    name: 'projection',
    about: `order-read-model-projection, one partition, ${measure} batches of ${BATCH} events of 125 orders, each in one transaction on one connection`,
    arms: [
      { ...replayArm('pgbench', again, (replay) => pgbenchReplay(replay, environment)), ...(missing && { missing }) },
      replayArm('node', again, driverReplay),
      liveArm('millrace', { postgres, template, events, warmUp }),
      emmettArm('emmett', { postgres, events: orderLives((peer + 1) * BATCH), batch: BATCH }),
    ],
    floor: 'pgbench',
    comparisons: [
      { gate: 'projection-floor', of: 'millrace', to: 'pgbench', quantity: 'perSecond' },
      { gate: 'projection-emmett', of: 'millrace', to: 'emmett', quantity: 'perSecond' },
    ],
    turn: inEvents({ warmUp, measure }),
  };
}

/** Batches as operations: what does not depend on who was faster. */
async function costs({ postgres }: Bench): Promise<Experiment> {
  const template = await millraceTemplate(postgres);
  const [warmUp, measure] = [2, 8];
  const arm = liveArm('millrace', { postgres, template, events: orderLives((warmUp + measure) * BATCH), warmUp });
  const perBatch: Arm = {
    name: arm.name,
    async measure(turn) {
      const measured = await arm.measure(turn);
      const { operations, perSecond, clientCpu, serverCpu, walBytes, statements, blocks, problems } = measured;
      const costsOfBatch = {
        ...{ clientCpu: clientCpu * BATCH, serverCpu: serverCpu * BATCH, walBytes: walBytes * BATCH },
        ...{ statements: statements * BATCH, blocks: blocks * BATCH },
      };
      return { operations: operations / BATCH, perSecond: perSecond / BATCH, ...costsOfBatch, problems };
    },
  };
  return {
    name: 'projection costs',
    about: `the same, ${measure} batches, counted by batch; BEGIN and COMMIT are two of the round trips`,
    arms: [perBatch],
    floor: 'millrace',
    comparisons: [{ gate: 'projection-round-trips', of: 'millrace', quantity: 'statements' }],
    rounds: 1,
    turn: inEvents({ warmUp, measure }),
  };
}

type Recorded = { readonly warmUp: readonly Sent[]; readonly measure: readonly Sent[] };

type Recording = { readonly events: readonly RecordedEvent<OrderEvent>[]; readonly warmUp: number };

/** What a projector says to Postgres while it applies the batches. */
async function recordedBatches(postgres: BenchPostgres, { events, warmUp }: Recording): Promise<Recorded> {
  const database = await postgres.create(await millraceTemplate(postgres));
  const pool = openDatabase({ url: projectorUrl(database), poolSize: 1 });
  const sent: Sent[] = [];
  const apply = liveProjection(recording(pool, sent));
  const batches = batchesOf(events);
  try {
    await apply(batches.slice(0, warmUp));
    const warm = sent.length;
    await apply(batches.slice(warmUp));
    return { warmUp: sent.slice(0, warm), measure: sent.slice(warm) };
  } finally {
    await pool.close();
    await database.drop();
  }
}

type Again = {
  readonly postgres: BenchPostgres;
  readonly template: string;
  readonly events: readonly RecordedEvent<OrderEvent>[];
  readonly recorded: Recorded;
};

/** An arm that says the recorded statements to a fresh copy of the database that they were said to. */
function replayArm(
  name: string,
  { postgres, template, events, recorded }: Again,
  run: (replay: Replay) => Promise<Turnout>,
): Arm {
  const begins = (sent: readonly Sent[]) => sent.filter(({ text }) => text === 'begin').length * BATCH;
  const operations = { warmUp: begins(recorded.warmUp), measure: begins(recorded.measure) };
  return {
    name,
    async measure() {
      const database = await postgres.create(template);
      try {
        const turnout = await run({ postgres, database, url: projectorUrl(database), ...recorded, operations });
        const problems = [...(await checkOrders(database, events)), ...(await checkGroup(database, events.length))];
        return { ...turnout, problems };
      } finally {
        await database.drop();
      }
    },
  };
}

/** The suite `projection`. */
export const projection: Suite = {
  name: 'projection',
  about: 'a live read model against its own statements in pgbench and against Emmett; round trips per batch',
  experiments: [costs, throughput],
};
