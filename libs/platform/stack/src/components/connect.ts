import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Home } from '../home.ts';
import { answersOk, type Component } from './component.ts';
import { type JvmPlatform, mainClassArguments, properties } from './jvm.ts';

const heapMb = 640;

/** One worker, where it listens, and the brokers that it works with. */
export type ConnectWorker = {
  readonly name: string;
  readonly port: number;
  /** Names of the components. */
  readonly brokers: readonly string[];
  /** Their addresses, comma-separated. */
  readonly bootstrapServers: string;
};

/** One distributed Kafka Connect worker with the Debezium connector for Postgres and exactly-once sources. */
export function connectComponent(home: Home, worker: ConnectWorker, platform: JvmPlatform): Component {
  const settings = join(home.root, `${worker.name}.properties`);
  const url = `http://127.0.0.1:${worker.port}`;
  return {
    name: worker.name,
    kind: 'infrastructure',
    url,
    dependsOn: worker.brokers,
    command: {
      file: platform.java.executable,
      args: mainClassArguments(platform, heapMb, ['org.apache.kafka.connect.cli.ConnectDistributed', settings]),
      env: platform.environment,
      cwd: home.root,
    },
    prepare: () => writeFile(settings, properties(workerSettings(worker, platform.jars.plugins))),
    // Green once the worker has joined its group and read its topics, so that it can take a connector.
    isReady: () => answersOk(`${url}/health`),
    startTimeoutMs: worker.brokers.length === 1 ? 120_000 : 300_000,
    stopTimeoutMs: 2_000,
    stopSignal: 'SIGTERM',
  };
}

function workerSettings(
  { port, brokers, bootstrapServers }: ConnectWorker,
  plugins: string,
): Record<string, string | number | boolean> {
  return {
    'bootstrap.servers': bootstrapServers,
    'group.id': 'millrace-connect',
    listeners: `http://127.0.0.1:${port}`,
    'rest.advertised.host.name': '127.0.0.1',
    'plugin.path': plugins,
    // All that we use is listed in its jar's META-INF/services; scanning every class instead takes 6 s longer.
    'plugin.discovery': 'service_load',
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    // Records and the source's offset in one Kafka transaction.
    'exactly.once.source.support': 'enabled',
    'connector.client.config.override.policy': 'All',
    'config.storage.topic': 'millrace.connect.config',
    'offset.storage.topic': 'millrace.connect.offsets',
    'status.storage.topic': 'millrace.connect.status',
    'config.storage.replication.factor': brokers.length,
    'offset.storage.replication.factor': brokers.length,
    'status.storage.replication.factor': brokers.length,
    'offset.storage.partitions': 5,
    'status.storage.partitions': 3,
    'offset.flush.interval.ms': 5_000,
    // How long a restarted worker, or another that takes over, waits for the membership of a killed one to end.
    'session.timeout.ms': 6_000,
    'heartbeat.interval.ms': 2_000,
    'scheduled.rebalance.max.delay.ms': 0,
    'task.shutdown.graceful.timeout.ms': 1_500,
  };
}
