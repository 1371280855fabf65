import type { VariableName } from '@millrace/config';
import { consumerGroups } from '@millrace/contracts/topology';
import { createHealthServer, type Service, type ServiceContext } from '@millrace/http';
import { openDatabase } from '@millrace/postgres';
import { ConnectClient, CONNECTOR_NAME, connectorConfig, RelayKeeper } from '@millrace/relay';

import { LagWatch } from './lag-watch.ts';
import { LogReader } from './log-reader.ts';
import { maintenance } from './maintenance.ts';
import { Periodic } from './periodic.ts';
import { refreshActivity } from './refresh-activity.ts';
import { relayWatch } from './relay-watch.ts';

/** What the supervisor reads from the environment. */
export const relaySupervisorVariables = [
  'DATABASE_URL',
  'KAFKA_BROKERS',
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
  const connect = new ConnectClient(config.CONNECT_URL, CONNECTOR_NAME);
  const configure = async () => connect.configure(await connectorConfig(config));
  const relay = new Periodic({
    name: 'relay',
    logger,
    job: relayWatch({ keeper: new RelayKeeper({ database, connect, configure }), logger, metrics }),
  });
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
  const topics = [...new Set(consumerGroups.flatMap((group) => group.topics))];
  const reader = new LogReader(
    { brokers: config.KAFKA_BROKERS, groupId: 'relay-supervisor', topics, logger },
    lagWatch,
  );

  relay.start(RELAY_PAUSE_MS);
  lag.start(LAG_PAUSE_MS);
  upkeep.start(MAINTENANCE_PAUSE_MS);
  activity.start(config.ACTIVITY_REFRESH_SECONDS * 1_000);
  reader.start();
  return {
    server: createHealthServer({
      logger,
      metrics,
      health: [
        { name: 'relay', check: () => relay.assertRecent(STALE_MS) },
        { name: 'lag', check: () => lag.assertRecent(STALE_MS) },
      ],
    }),
    close: async () => {
      await Promise.all([relay.stop(), lag.stop(), upkeep.stop(), activity.stop(), reader.stop()]);
      await Promise.all([database.close(), refresher.close()]);
    },
  };
}
