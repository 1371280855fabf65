import { AuditHandler, AuditMetrics, AUDITOR_GROUP, AuditRounds, purgeCanaries, sendCanaries } from '@millrace/audit';
import type { VariableName } from '@millrace/config';
import { ConsumerMetrics, ConsumerSupervisor, exposeLag, LagMeter, loadPositions } from '@millrace/consumer';
import { CANARY_TYPE } from '@millrace/contracts/canary';
import { storedEvents } from '@millrace/contracts/topology';
import { checkedGroups } from '@millrace/fleet';
import { createHealthServer, Periodic, type Service, type ServiceContext } from '@millrace/http';
import { createLogConsumer, partitionRanges } from '@millrace/kafka';
import { type Database, openDatabase } from '@millrace/postgres';

import { auditedTopics } from './audited-topics.ts';
import { canarySources } from './canary-sources.ts';
import { republisher } from './republisher.ts';

/** What the auditor reads from the environment. */
export const auditorVariables = [
  'DATABASE_URL',
  'KAFKA_BROKERS',
  'CANARY_SECONDS',
  'CONSUMER_BATCH_EVENTS',
] as const satisfies readonly VariableName[];

type Context = ServiceContext<(typeof auditorVariables)[number]>;

const CANARY_WATCH_PAUSE_MS = 5_000;
const SWEEP_PAUSE_MS = 10_000;
const GROUPS_PAUSE_MS = 10_000;
const PURGE_PAUSE_MS = 300_000;
// A round behind much work takes longer than a pause.
const STALE_MS = 120_000;

const topics = auditedTopics.map(({ topic }) => topic);

/** Wires the consumer, the rounds and the canaries. */
export async function createAuditor(context: Context): Promise<Service> {
  const { config, logger, metrics } = context;
  const database = openDatabase({ url: config.DATABASE_URL, poolSize: 6, applicationName: 'auditor' });
  const audit = new AuditMetrics(metrics, topics);
  const supervisor = createConsumer(context, database, audit);
  const rounds = new AuditRounds({
    database,
    brokers: config.KAFKA_BROKERS,
    topics: auditedTopics,
    groups: checkedGroups,
    catalogue: storedEvents,
    republisher: await republisher(database),
    canaries: config.CANARY_SECONDS > 0,
    logger,
  });
  const jobs = {
    canary: new Periodic({ name: 'canary', logger, job: await sendingCanaries(database, config.CANARY_SECONDS) }),
    watch: new Periodic({ name: 'watch', logger, job: () => watch({ database, audit, supervisor }) }),
    store: new Periodic({ name: 'store', logger, job: () => sweep(rounds, audit) }),
    groups: new Periodic({ name: 'groups', logger, job: () => checkGroups(rounds, audit) }),
    purge: new Periodic({ name: 'purge', logger, job: () => purgeCanaries(database) }),
  };

  supervisor.start();
  if (config.CANARY_SECONDS > 0) jobs.canary.start(config.CANARY_SECONDS * 1_000);
  jobs.watch.start(CANARY_WATCH_PAUSE_MS);
  jobs.store.start(SWEEP_PAUSE_MS);
  jobs.groups.start(GROUPS_PAUSE_MS);
  jobs.purge.start(PURGE_PAUSE_MS);
  return {
    server: createHealthServer({
      logger,
      metrics,
      health: [
        { name: 'consumer', check: () => supervisor.checkHealth() },
        { name: 'store', check: () => jobs.store.assertRecent(STALE_MS) },
        { name: 'groups', check: () => jobs.groups.assertRecent(STALE_MS) },
      ],
    }),
    async close() {
      await Promise.all([supervisor.stop(), ...Object.values(jobs).map((job) => job.stop())]);
      await database.close();
    },
  };
}

function createConsumer(
  { config, logger, metrics, fail }: Context,
  database: Database,
  audit: AuditMetrics,
): ConsumerSupervisor {
  const brokers = config.KAFKA_BROKERS;
  const lag = new LagMeter({
    ranges: () => partitionRanges({ brokers, clientId: AUDITOR_GROUP }, topics),
    positions: () => loadPositions(database, AUDITOR_GROUP),
  });
  exposeLag(metrics, AUDITOR_GROUP, lag);
  return new ConsumerSupervisor({
    createConsumer: () =>
      createLogConsumer({
        ...{ brokers, groupId: AUDITOR_GROUP, topics, logger, concurrency: 2 },
        maxBatchRecords: config.CONSUMER_BATCH_EVENTS,
      }),
    handler: new AuditHandler({
      ...{ database, brokers, topics: auditedTopics, canaryType: CANARY_TYPE, logger },
      onBatch: (_topic, batch) => audit.batchAudited(batch),
    }),
    lag,
    metrics: new ConsumerMetrics(metrics, AUDITOR_GROUP),
    logger,
    fail,
  });
}

async function sendingCanaries(database: Database, everySeconds: number): Promise<() => Promise<void>> {
  if (everySeconds === 0) return async () => undefined;
  const sources = await canarySources(database);
  return async () => void (await sendCanaries(database, sources));
}

/** What the gauges show. A consumer that is well and has nothing to read has succeeded as well. */
async function watch({
  database,
  audit,
  supervisor,
}: {
  readonly database: Database;
  readonly audit: AuditMetrics;
  readonly supervisor: ConsumerSupervisor;
}): Promise<void> {
  await audit.refresh(database);
  audit.succeeded('canary');
  await supervisor.checkHealth().then(
    () => audit.succeeded('records'),
    () => undefined,
  );
}

async function sweep(rounds: AuditRounds, audit: AuditMetrics): Promise<void> {
  audit.holesFound((await rounds.sweep()).holes);
  audit.succeeded('store');
}

async function checkGroups(rounds: AuditRounds, audit: AuditMetrics): Promise<void> {
  await rounds.checkGroups();
  audit.succeeded('groups');
}
