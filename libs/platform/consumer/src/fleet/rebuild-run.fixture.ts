/** A process that rebuilds a counter projection, for specs that kill it: `node <file> <json of RebuildRun>`. */
import { EventCatalogue } from '@millrace/core';
import { openDatabase } from '@millrace/postgres';
import { createLogger } from '@millrace/telemetry';

import { counterEvents, counters, jsonDecoder } from '../counter.fixture.ts';
import type { FleetParts } from './fleet-parts.ts';
import { rebuildBeside } from './rebuild-beside.ts';

/** What the process is told. */
export type RebuildRun = {
  readonly url: string;
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly name: string;
  readonly eventsPerSecond?: number;
};

const run = JSON.parse(process.argv[2] ?? '{}') as RebuildRun;
const { url, brokers, topic, name, eventsPerSecond } = run;
const database = openDatabase({ url, poolSize: 8 });
const projection = { ...counters, name, topics: [topic] } as unknown as FleetParts['projection'];
const catalogue = new EventCatalogue(counterEvents.definitions.map((definition) => ({ ...definition, topic })));
const logger = createLogger({ service: 'rebuild-run', level: 'silent' });
const log = () => ({ brokers, decoder: jsonDecoder });
const parts = { database, catalogue, projection, partitions: 3, log, logger };
const told = (progress: object) => void process.stdout.write(`${JSON.stringify(progress)}\n`);
await rebuildBeside(parts, { by: 'child', eventsPerSecond, told });
await database.close();
