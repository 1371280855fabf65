import type { Config, VariableName } from '@millrace/config';
import { consumerGroups, deadLetterTopics, outboxTopics, TOPIC_PARTITIONS } from '@millrace/contracts/topology';
import { createHealthServer, Periodic, type Service, type ServiceContext } from '@millrace/http';
import { type Database, openDatabase } from '@millrace/postgres';
import {
  ConnectClient,
  CONNECTOR_NAME,
  connectorConfig,
  RelayKeeper,
  relayTopics,
  relayTopicSpecs,
} from '@millrace/relay';

import { LagWatch } from './lag-watch.ts';
import { LogReader } from './log-reader.ts';
import { maintenance } from './maintenance.ts';
import { reemissionMetric } from './reemission-metric.ts';
import { refreshActivity } from './refresh-activity.ts';
import { RelayWatch } from './relay-watch.ts';
import { storeSize } from './store-size.ts';

/** What the supervisor reads from the environment. */
export const relaySupervisorVariables = [
  'DATABASE_URL',
  'KAFKA_BROKERS',
  'KAFKA_REPLICATION_FACTOR',
  'KAFKA_MIN_INSYNC_REPLICAS',
  'CONNECT_URL',
  'CONNECT_DATABASE_HOST',
  'CONNECT_DATABASE_PORT',
  'CDC_ROLE_PASSWORD',
  'OUTBOX_RETENTION_HOURS',
  'SNAPSHOTS_KEPT',
  'ACTIVITY_REFRESH_SECONDS',
] as const satisfies readonly VariableName[];

const RELAY_PAUSE_MS = 3_000;
const LAG_PAUSE_MS = 2_000;
const MAINTENANCE_PAUSE_MS = 300_000;
const SIZE_PAUSE_MS = 60_000;
// A refresh reads the whole event log.
const REFRESH_TIMEOUT_MS = 600_000;
// Three checks of the relay may fail before the process is unready.
const STALE_MS = 4 * RELAY_PAUSE_MS;

/** Wires the jobs of the supervisor. */
export function createRelaySupervisor({
  config,
  logger,
  metrics,
}: ServiceContext<(typeof relaySupervisorVariables)[number]>): Service {
  const database = openDatabase({ url: config.DATABASE_URL, poolSize: 4, applicationName: 'relay-supervisor' });
  const refresher = openDatabase({
    url: config.DATABASE_URL,
    poolSize: 1,
    applicationName: 'relay-supervisor refresh',
    statementTimeoutMs: REFRESH_TIMEOUT_MS,
  });
  const watch = new RelayWatch({ keeper: relayKeeper(config, database), logger, metrics });
  const relay = new Periodic({ name: 'relay', logger, job: () => watch.look() });
  reemissionMetric(database, metrics);
  const lagWatch = new LagWatch({ database, groups: consumerGroups, metrics });
  const lag = new Periodic({ name: 'lag', logger, job: () => lagWatch.refresh() });
  const upkeep = new Periodic({
    name: 'maintenance',
    logger,
    job: maintenance({
      database,
      logger,
      metrics,
      retentionHours: config.OUTBOX_RETENTION_HOURS,
      snapshotsKept: config.SNAPSHOTS_KEPT,
    }),
  });
  const activity = new Periodic({ name: 'activity', logger, job: () => refreshActivity(refresher, logger) });
  const size = new Periodic({ name: 'store size', logger, job: storeSize({ database: refresher, metrics }) });
  const topics = [...new Set(consumerGroups.flatMap((group) => group.topics))];
  const reader = new LogReader(
    { brokers: config.KAFKA_BROKERS, groupId: 'relay-supervisor', topics, logger },
    lagWatch,
  );

  relay.start(RELAY_PAUSE_MS);
  lag.start(LAG_PAUSE_MS);
  upkeep.start(MAINTENANCE_PAUSE_MS);
  activity.start(config.ACTIVITY_REFRESH_SECONDS * 1_000);
  size.start(SIZE_PAUSE_MS);
  reader.start();
  return {
    server: createHealthServer({
      logger,
      metrics,
      health: [
        { name: 'relay', check: () => relay.assertRecent(STALE_MS).then(() => watch.assertStreaming()) },
        { name: 'lag', check: () => lag.assertRecent(STALE_MS) },
      ],
    }),
    close: async () => {
      await Promise.all([relay.stop(), lag.stop(), upkeep.stop(), activity.stop(), size.stop(), reader.stop()]);
      await Promise.all([database.close(), refresher.close()]);
    },
  };
}

type RelayConfig = Config<(typeof relaySupervisorVariables)[number]>;

/** Keeps connector and topics as deploy makes them. */
function relayKeeper(config: RelayConfig, database: Database): RelayKeeper {
  const connect = new ConnectClient(config.CONNECT_URL, CONNECTOR_NAME);
  const specs = relayTopicSpecs({
    eventTopics: outboxTopics,
    deadLetterTopics,
    partitions: TOPIC_PARTITIONS,
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    minInsyncReplicas: config.KAFKA_MIN_INSYNC_REPLICAS,
  });
  return new RelayKeeper({
    database,
    connect,
    configure: async () => connect.configure(await connectorConfig(config)),
    topics: relayTopics({ brokers: config.KAFKA_BROKERS }, specs),
  });
}
