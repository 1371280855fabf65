/** One event and its outbox row per command, against the floor and against other event stores. */
import { appendStatements } from '../floors/append-statements.ts';
import { nodeDriver } from '../floors/node-driver.ts';
import { pgbenchArm, pgbenchMissing } from '../floors/pgbench.ts';
import type { Experiment } from '../harness/arm.ts';
import { freshArm } from '../harness/load.ts';
import { emmettDriver, emmettTemplate } from '../peers/emmett.ts';
import { messageDbDriver, messageDbTemplate } from '../peers/message-db.ts';
import { millraceDriver, millraceTemplate } from './millrace-store.ts';
import type { Bench, Scale, Suite } from './suite.ts';

/** Commands in flight, and connections. */
const WRITERS = 16;

/** Commands in flight where they share statements. */
const IN_FLIGHT = 256;

const turns: Record<Scale, Experiment['turn']> = {
  tiny: { warmUp: { ms: 100 }, measure: { ms: 500 } },
  quick: { warmUp: { ms: 500 }, measure: { ms: 1_000 } },
  full: { warmUp: { ms: 5_000 }, measure: { ms: 15_000 } },
};

async function throughput({ postgres, scale, environment }: Bench): Promise<Experiment> {
  const template = await millraceTemplate(postgres);
  const { ours, bare } = await appendStatements(postgres);
  const load = { postgres, writers: WRITERS };
  const missing = await pgbenchMissing(environment);
  const pgbench = { ...load, template, environment, missing };
  return {
    name: 'append',
    about: `one event with its outbox row per command, ${WRITERS} in flight on as many connections`,
    arms: [
      pgbenchArm('pgbench', { ...pgbench, statement: bare }),
      pgbenchArm('pgbench-ours', { ...pgbench, statement: ours }),
      freshArm('node', { ...load, template }, async (database) => nodeDriver(database, WRITERS, bare)),
      freshArm('millrace', { ...load, template }, (database) => millraceDriver(database, WRITERS, { coalesce: false })),
      freshArm('millrace-coalesced', { ...load, template, writers: IN_FLIGHT }, (database) =>
        millraceDriver(database, WRITERS),
      ),
      freshArm('emmett', { ...load, template: await emmettTemplate(postgres) }, (database) =>
        emmettDriver(database, WRITERS),
      ),
      freshArm('message-db', { ...load, template: await messageDbTemplate(postgres) }, (database) =>
        messageDbDriver(database, WRITERS),
      ),
    ],
    floor: 'pgbench',
    comparisons: [
      { gate: 'append-floor', of: 'millrace', to: 'pgbench', quantity: 'perSecond' },
      { gate: 'append-coalesced', of: 'millrace-coalesced', to: 'pgbench', quantity: 'perSecond' },
      { gate: 'append-emmett', of: 'millrace', to: 'emmett', quantity: 'perSecond' },
      { gate: 'append-coalesced-emmett', of: 'millrace-coalesced', to: 'emmett', quantity: 'perSecond' },
      { gate: 'append-message-db', of: 'millrace', to: 'message-db', quantity: 'perSecond' },
    ],
    turn: turns[scale],
  };
}

/** A fixed number of appends of one writer: who was faster must not change what is counted. */
async function costs({ postgres }: Bench): Promise<Experiment> {
  const template = await millraceTemplate(postgres);
  const { bare } = await appendStatements(postgres);
  const load = { postgres, writers: 1, template };
  return {
    name: 'append costs',
    about: '2,000 appends one after the other, counted',
    arms: [
      freshArm('bare-inserts', load, async (database) => nodeDriver(database, 1, bare)),
      freshArm('millrace', load, (database) => millraceDriver(database, 1, { coalesce: false })),
    ],
    floor: 'bare-inserts',
    comparisons: [
      { gate: 'append-wal', of: 'millrace', to: 'bare-inserts', quantity: 'walBytes' },
      { gate: 'append-round-trips', of: 'millrace', quantity: 'statements' },
    ],
    rounds: 1,
    turn: { warmUp: { operations: 160 }, measure: { operations: 2_000 } },
  };
}

/** The suite `append`. */
export const append: Suite = {
  name: 'append',
  about: 'appends against pgbench, Emmett and Message DB; WAL and round trips per append',
  experiments: [costs, throughput],
};
