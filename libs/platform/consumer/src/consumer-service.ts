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
import { exposeDeadLetters } from './dead-letters/dead-letter-metrics.ts';
import { DeadLetterRetrier } from './dead-letters/dead-letter-retrier.ts';
import type { Effect } from './effect.ts';
import { GroupControlPoll } from './group-control.ts';
import { GroupHandler } from './group-handler.ts';
import { PausableHandler } from './group-pause.ts';
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

type ConsumerVariable = (typeof consumerVariables)[number];

/** A group: its name, what its process reads from the environment beside what every consumer does, and its work. */
export type Group<Name extends VariableName = never> = {
  readonly name: string;
  readonly variables?: readonly Name[];
  create(context: GroupContext<Name>): Promise<GroupWork>;
};

/** What the work of a group is made with. */
export type GroupContext<Name extends VariableName = never> = ServiceContext<ConsumerVariable | Name> & {
  readonly database: Database;
};

/** What a group reads, and what it does with it. */
export type GroupWork = {
  readonly topics: readonly string[];
  readonly catalogue: EventCatalogue;
  readonly effect: Effect;
  /** Stops what runs beside the consumer, after it has stopped. */
  close?(): Promise<void>;
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
  const create = async () => ({ topics, catalogue, effect: projectionEffect(projection) });
  await runGroup({ name, create }, environment);
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
  const { name, topics } = mapping;
  const create = async ({ database }: GroupContext) => {
    const encoder = new EventEncoder([publicCatalogue], await loadSchemaIds(database));
    return { topics, catalogue, effect: publicationEffect({ mapping, catalogue: publicCatalogue, encoder }) };
  };
  await runGroup({ name, create }, environment);
}

/** Runs the process of any group until SIGTERM or SIGINT: for effects beyond projections and publishers. */
export async function runGroup<Name extends VariableName = never>(
  group: Group<Name>,
  environment: Environment,
): Promise<void> {
  const { name, variables = [] } = group;
  await runService<ConsumerVariable | Name>(
    {
      name,
      variables: [...consumerVariables, ...variables],
      async create(context) {
        // The wider configuration holds what every consumer reads; TypeScript cannot tell for a generic name.
        const { DATABASE_URL: url, DATABASE_POOL_SIZE: poolSize } = (context as ConsumerContext).config;
        const database = openDatabase({ url, poolSize, applicationName: name });
        const work = await group.create({ ...context, database });
        return createService({ name, work, database }, context);
      },
    },
    environment,
  );
}

type ConsumerContext = ServiceContext<ConsumerVariable>;

function createService(
  { name, work, database }: { name: string; work: GroupWork; database: Database },
  { config, logger, metrics, fail }: ConsumerContext,
): Service {
  const { topics, catalogue, effect } = work;
  const brokers = config.KAFKA_BROKERS;
  const lag = new LagMeter({
    ranges: () => partitionRanges({ brokers, clientId: name }, topics),
    positions: () => loadPositions(database, name),
  });
  exposeLag(metrics, name, lag);
  const consumerMetrics = new ConsumerMetrics(metrics, name);
  exposeDeadLetters(metrics, name, database);
  const reader = new RecordReader(new EventDecoder(new RegistryClient(config.SCHEMA_REGISTRY_URL)), catalogue);
  const parts = { group: name, database, catalogue, effect, reader, logger };
  const handler = new GroupHandler({ ...parts, metrics: consumerMetrics });
  const retrier = new DeadLetterRetrier({ ...parts, handler });
  const pausable = new PausableHandler({ group: name, database, handler, metrics });
  const control = new GroupControlPoll({ group: name, database, logger });
  control.onControl(async (asked) => pausable.obey(asked));
  control.onControl((asked) => retrier.onControl(asked));
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
    handler: pausable,
    lag,
    metrics: consumerMetrics,
    logger,
    fail,
  });
  const health = [
    { name: 'consumer', check: () => supervisor.checkHealth() },
    { name: 'database', check: () => database.query('select 1') },
    pausable.health,
  ];
  control.start();
  supervisor.start();
  return {
    server: createHealthServer({ logger, metrics, health }),
    async close() {
      await supervisor.stop();
      await control.stop();
      await work.close?.();
      await database.close();
    },
  };
}

/** Two connections stay free for positions, lag and health. */
function concurrencyFor(poolSize: number): number {
  return Math.max(1, Math.min(4, poolSize - 2));
}
