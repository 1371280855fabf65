import { registerSchemas } from '@millrace/avro';
import { type Config, type Environment, loadConfig } from '@millrace/config';
import { catalogues, deadLetterTopics, outboxTopics, TOPIC_PARTITIONS } from '@millrace/contracts/topology';
import { MillraceError } from '@millrace/core';
import { ensureTopics, listTopics, type TopicSpec } from '@millrace/kafka';
import { makePartitions } from '@millrace/outbox';
import { type Database, openDatabase } from '@millrace/postgres';
import { CONNECTOR_TOPICS, ensureSlot, relayPreflight, relayTopicSpecs } from '@millrace/relay';
import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { connectorVariables, deployConnector } from '../deploy/connector.ts';
import { deployDatabase, rolePasswordVariables, saveSchemaIds } from '../deploy/database.ts';

const variables = [
  ...rolePasswordVariables,
  ...connectorVariables,
  'KAFKA_BROKERS',
  'KAFKA_REPLICATION_FACTOR',
  'KAFKA_MIN_INSYNC_REPLICAS',
  'SCHEMA_REGISTRY_URL',
] as const;

/** `millrace deploy`: everything that must exist before the apps may run, from the environment. */
export function deployCommand({ environment, print }: CliContext): Command {
  return new Command('deploy')
    .description('migrate Postgres, create topics, register schemas, start the relay; harmless to repeat')
    .action(async () => {
      const lines: string[] = [];
      await runDeploy(environment, (line) => lines.push(line));
      print({ text: lines.map((line) => `✔ ${line}`).join('\n'), json: { deployed: true, steps: lines } });
    });
}

/**
 * Brings Postgres, Kafka, the registry and Connect to what this checkout needs. Running it again changes nothing. The
 * order matters: no outbox row may be written before its topic, its schema id and the slot exist.
 * @param log told one line per step
 * @throws MillraceError naming what is wrong
 */
export async function runDeploy(environment: Environment, log: (line: string) => void): Promise<void> {
  const config = loadConfig(environment, variables);
  const migrations = await deployDatabase(config);
  log(`database: ${migrations.length} migration(s) ran`);
  const database = openDatabase({ url: config.DATABASE_URL, poolSize: 2, applicationName: 'millrace deploy' });
  try {
    await deployRelay(database, config, log);
    log(`connector: ${await deployConnector(database, config)}`);
  } finally {
    await database.close();
  }
}

async function deployRelay(
  database: Database,
  config: Config<(typeof variables)[number]>,
  log: (line: string) => void,
): Promise<void> {
  const created = await deployTopics(config.KAFKA_BROKERS, topicCopies(config));
  log(`topics: ${created.length} created`);
  await makePartitions(database);
  await database.query('select outbox.allow_topics($1)', [outboxTopics]);
  await database.query('select outbox.allow_dead_letter_topics($1)', [deadLetterTopics]);
  const schemas = await registerSchemas({ registryUrl: config.SCHEMA_REGISTRY_URL, catalogues });
  await saveSchemaIds(database, schemas);
  log(`schemas: ${schemas.length} registered, FULL_TRANSITIVE`);
  log(`slot: ${(await ensureSlot(database)) ? 'created' : 'there'}`);
  const requiredTopics = [...outboxTopics, ...deadLetterTopics, ...CONNECTOR_TOPICS];
  const existingTopics = await listTopics({ brokers: config.KAFKA_BROKERS });
  await relayPreflight(database, { requiredTopics, existingTopics });
}

type TopicCopies = Pick<TopicSpec, 'replicationFactor' | 'minInsyncReplicas'>;

/** @throws MillraceError `PREFLIGHT_FAILED` when more copies must be in sync than there are: nothing could be written */
function topicCopies(config: Config<'KAFKA_REPLICATION_FACTOR' | 'KAFKA_MIN_INSYNC_REPLICAS'>): TopicCopies {
  const { KAFKA_REPLICATION_FACTOR: replicationFactor, KAFKA_MIN_INSYNC_REPLICAS: minInsyncReplicas } = config;
  if (minInsyncReplicas > replicationFactor)
    throw new MillraceError(
      'PREFLIGHT_FAILED',
      `KAFKA_MIN_INSYNC_REPLICAS is ${minInsyncReplicas}, but topics have ${replicationFactor} copies (KAFKA_REPLICATION_FACTOR)`,
    );
  return { replicationFactor, ...(minInsyncReplicas > 1 && { minInsyncReplicas }) };
}

/** @throws MillraceError `PREFLIGHT_FAILED` when a topic exists with another shape */
async function deployTopics(brokers: readonly string[], copies: TopicCopies): Promise<readonly string[]> {
  const specs = relayTopicSpecs({
    eventTopics: outboxTopics,
    deadLetterTopics,
    partitions: TOPIC_PARTITIONS,
    ...copies,
  });
  const { created, problems } = await ensureTopics({ brokers }, specs);
  if (problems.length > 0) throw new MillraceError('PREFLIGHT_FAILED', problems.join('\n'));
  return created;
}
