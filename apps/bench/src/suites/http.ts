/** A command over HTTP, all in, against what its parts cost one after the other. */
import { join } from 'node:path';

import { appendStatements } from '../floors/append-statements.ts';
import { nodeDriver } from '../floors/node-driver.ts';
import { nodeLoadDriver } from '../floors/node-loads.ts';
import type { Experiment } from '../harness/arm.ts';
import { type Held, heldArm } from '../harness/held-arm.ts';
import { drive, freshArm } from '../harness/load.ts';
import { startServer } from '../harness/node-process.ts';
import { benchCaller, type CommandLoad, deployedTemplate, heldCommandServer, requestDriver } from './command-server.ts';
import { filledStore } from './filled-store.ts';
import { millraceTemplate } from './millrace-store.ts';
import { nthCommand } from './order-commands.ts';
import type { Bench, Scale, Suite } from './suite.ts';

const CONNECTIONS = 16;
/** Enough that commands find others to share a statement with. */
const MANY_CONNECTIONS = 256;

const turns: Record<Scale, Experiment['turn']> = {
  tiny: { warmUp: { ms: 200 }, measure: { ms: 400 } },
  quick: { warmUp: { ms: 300 }, measure: { ms: 1_000 } },
  full: { warmUp: { ms: 5_000 }, measure: { ms: 15_000 } },
};
const loadedStreams: Record<Scale, number> = { tiny: 1_000, quick: 20_000, full: 100_000 };

/** Requests until a server counts as warm. */
const firstRequests: Record<Scale, number> = { tiny: 300, quick: 5_000, full: 20_000 };

const FASTIFY = join(import.meta.dirname, '../floors/fastify-server.ts');

async function commands({ postgres, scale, environment }: Bench): Promise<Experiment> {
  const caller = await benchCaller(environment);
  const load = { postgres, writers: CONNECTIONS };
  const { bare } = await appendStatements(postgres);
  const streams = loadedStreams[scale];
  const database = await filledStore(postgres, 'bench_loads', [{ first: 0, streams, length: 1 }]);
  const template = await deployedTemplate(postgres);
  const firstWarmUp = { operations: firstRequests[scale] };
  const servers = [
    heldArm('fastify', { ...load, firstWarmUp }, () =>
      fastifyServer({ caller, environment, connections: CONNECTIONS }),
    ),
    ...Object.entries({ millrace: CONNECTIONS, 'millrace-many': MANY_CONNECTIONS }).map(([name, connections]) =>
      heldArm(name, { postgres, writers: connections, firstWarmUp }, async () =>
        heldCommandServer(await postgres.create(template), { caller, environment, connections }),
      ),
    ),
  ];
  return {
    name: 'commands',
    about: `POST of an order command, ${CONNECTIONS} and ${MANY_CONNECTIONS} keep-alive connections; client µs are those of command-api, its load generator is apart`,
    arms: [
      ...servers,
      {
        name: 'load',
        measure: async (turn) =>
          drive(nodeLoadDriver({ database, streams }, CONNECTIONS), { ...load, database, ...turn }),
      },
      freshArm('append', { ...load, template: await millraceTemplate(postgres) }, async (fresh) =>
        nodeDriver(fresh, CONNECTIONS, bare),
      ),
    ],
    floor: 'append',
    comparisons: [
      { gate: 'http-serial', of: 'millrace', to: PARTS, quantity: 'perSecond' },
      { gate: 'http-coalesced', of: 'millrace-many', to: PARTS, quantity: 'perSecond' },
    ],
    turn: turns[scale],
    async close() {
      for (const server of servers) await server.close();
      await caller.forget();
    },
  };
}

/** What a command consists of: a request, a load, an append; each without our code. */
const PARTS = ['fastify', 'load', 'append'];

/** Requests to the bare route: the same body as almost every command has. */
async function fastifyServer(load: CommandLoad): Promise<Held> {
  const server = await startServer(FASTIFY, load.environment);
  const driver = await requestDriver(server, load, (writer) => nthCommand(writer, 1));
  return { database: { name: 'postgres' }, driver: { ...driver, check: async () => [] } };
}

/** The suite `http`. */
export const http: Suite = {
  name: 'http',
  about: 'commands over HTTP against the sum of a bare route, a plain load and a plain append',
  experiments: [commands],
};
