/** A consumer group as a process: configuration → database, registry, Kafka → supervised consumer, health, metrics. */
import { EventDecoder, EventEncoder, RegistryClient } from '@millrace/avro';
import type { Environment, VariableName } from '@millrace/config';
import type { DomainEvent, EventCatalogue, Projection, Row } from '@millrace/core';
import { createHealthServer, runService, type Service, type ServiceContext } from '@millrace/http';
import { createLogConsumer, partitionRanges } from '@millrace/kafka';
import { loadSchemaIds } from '@millrace/outbox';
import { type Database, openDatabase } from '@millrace/postgres';

import { ConsumerMetrics } from './consumer-metrics.ts';
import { ConsumerSupervisor } from './consumer-supervisor.ts';
import type { Effect } from './effect.ts';
import { GroupHandler } from './group-handler.ts';
import { exposeLag, LagMeter } from './lag-meter.ts';
import { loadPositions } from './position.ts';
import { projectionEffect } from './projection-effect.ts';
import type { PublicMapping } from './public-mapping.ts';
import { publicationEffect } from './publication-effect.ts';
import { RecordReader } from './record-reader.ts';

const consumerVariables = [
  'DATABASE_URL',
  'DATABASE_POOL_SIZE',
  'KAFKA_BROKERS',
  'SCHEMA_REGISTRY_URL',
  'CONSUMER_BATCH_EVENTS',
] as const satisfies readonly VariableName[];

type Context = ServiceContext<(typeof consumerVariables)[number]>;

/** A group: its name, what it reads, and what it does with it. */
type Group = {
  readonly name: string;
  readonly topics: readonly string[];
  readonly catalogue: EventCatalogue;
  createEffect(database: Database): Promise<Effect>;
};

/**
 * Runs the process of a projection until SIGTERM or SIGINT. Group id, service name and projection name are one.
 * @param options.catalogue of the events on the projection's topics
 */
export async function runProjection<E extends DomainEvent, R extends Row>(
  { projection, catalogue }: { readonly projection: Projection<E, R>; readonly catalogue: EventCatalogue },
  environment: Environment,
): Promise<void> {
  const { name, topics } = projection;
  await runGroup({ name, topics, catalogue, createEffect: async () => projectionEffect(projection) }, environment);
}

/**
 * Runs the process of a publisher until SIGTERM or SIGINT.
 * @param options.catalogue of the events on the mapping's topics
 * @param options.publicCatalogue of the events that it publishes
 */
export async function runPublisher<E extends DomainEvent, P extends DomainEvent>(
  options: {
    readonly mapping: PublicMapping<E, P>;
    readonly catalogue: EventCatalogue;
    readonly publicCatalogue: EventCatalogue;
  },
  environment: Environment,
): Promise<void> {
  const { mapping, catalogue, publicCatalogue } = options;
  const createEffect = async (database: Database) => {
    const encoder = new EventEncoder([publicCatalogue], await loadSchemaIds(database));
    return publicationEffect({ mapping, catalogue: publicCatalogue, encoder });
  };
  await runGroup({ name: mapping.name, topics: mapping.topics, catalogue, createEffect }, environment);
}

async function runGroup(group: Group, environment: Environment): Promise<void> {
  await runService(
    { name: group.name, variables: consumerVariables, create: (context) => createService(group, context) },
    environment,
  );
}

async function createService(group: Group, context: Context): Promise<Service> {
  const { config, logger, metrics, fail } = context;
  const { name, topics, catalogue } = group;
  const brokers = config.KAFKA_BROKERS;
  const database = openDatabase({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: name,
  });
  const lag = new LagMeter({
    ranges: () => partitionRanges({ brokers, clientId: name }, topics),
    positions: () => loadPositions(database, name),
  });
  exposeLag(metrics, name, lag);
  const consumerMetrics = new ConsumerMetrics(metrics, name);
  const handler = new GroupHandler({
    group: name,
    database,
    catalogue,
    effect: await group.createEffect(database),
    reader: new RecordReader(new EventDecoder(new RegistryClient(config.SCHEMA_REGISTRY_URL)), catalogue),
    metrics: consumerMetrics,
    logger,
  });
  const supervisor = new ConsumerSupervisor({
    createConsumer: () =>
      createLogConsumer({
        brokers,
        groupId: name,
        topics,
        logger,
        concurrency: concurrencyFor(config.DATABASE_POOL_SIZE),
        maxBatchRecords: config.CONSUMER_BATCH_EVENTS,
      }),
    handler,
    lag,
    metrics: consumerMetrics,
    logger,
    fail,
  });
  const health = [
    { name: 'consumer', check: () => supervisor.checkHealth() },
    { name: 'database', check: () => database.query('select 1') },
  ];
  supervisor.start();
  return {
    server: createHealthServer({ logger, metrics, health }),
    async close() {
      await supervisor.stop();
      await database.close();
    },
  };
}

/** Two connections stay free for positions, lag and health. */
function concurrencyFor(poolSize: number): number {
  return Math.max(1, Math.min(4, poolSize - 2));
}
