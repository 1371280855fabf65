import { EventDecoder, RegistryClient } from '@millrace/avro';
import { type Environment, loadConfig } from '@millrace/config';
import type { FleetParts } from '@millrace/consumer';
import { storedEvents, TOPIC_PARTITIONS } from '@millrace/contracts/topology';
import { projections as fleet } from '@millrace/fleet';
import { openDatabase } from '@millrace/postgres';
import { createLogger } from '@millrace/telemetry';
import { Argument } from 'commander';

import { LONGEST_UPKEEP_MS } from '../with-database.ts';

/** Parts of a projection of the fleet, by its name. */
export type PartsOf = (name: string) => FleetParts;

// The lock of the run, a transaction that holds positions, one that reads, and four partitions to catch up with.
const CONNECTIONS = 8;

/**
 * Runs `work` with what rebuilds, comparisons and switches need. Brokers and registry are asked for only when there is
 * something to catch up with.
 * @throws MillraceError `CONFIG_INVALID`; what `work` threw
 */
export async function withFleet<T>(places: Environment, work: (partsOf: PartsOf) => Promise<T>): Promise<T> {
  const { DATABASE_URL: url } = loadConfig(places, ['DATABASE_URL']);
  const applicationName = 'millrace projections';
  const database = openDatabase({
    url,
    poolSize: CONNECTIONS,
    applicationName,
    statementTimeoutMs: LONGEST_UPKEEP_MS,
  });
  const log = () => {
    const { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL } = loadConfig(places, [
      'KAFKA_BROKERS',
      'SCHEMA_REGISTRY_URL',
    ]);
    return { brokers, decoder: new EventDecoder(new RegistryClient(SCHEMA_REGISTRY_URL)) };
  };
  const logger = createLogger({ service: applicationName, level: 'silent' });
  try {
    return await work((name) => {
      const projection = fleet.find((one) => one.name === name);
      if (!projection) throw new Error(`no projection is called ${name}`);
      return { database, catalogue: storedEvents, projection, partitions: TOPIC_PARTITIONS, log, logger };
    });
  } finally {
    await database.close();
  }
}

/** Argument that names one projection of the fleet. */
export function projectionArgument(flags = '<name>'): Argument {
  return new Argument(flags, 'name of the projection').choices(fleet.map(({ name }) => name));
}
