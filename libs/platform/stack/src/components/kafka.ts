import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Home } from '../home.ts';
import { acceptsConnections, type Component } from './component.ts';
import { type JvmPlatform, mainClassArguments, properties } from './jvm.ts';

const heapMb = 512;

/** Where the broker listens. */
export type KafkaPorts = { readonly broker: number; readonly controller: number };

/** One Kafka node, broker and KRaft controller in one process, on the loopback interface. */
export function kafkaComponent(home: Home, ports: KafkaPorts, platform: JvmPlatform): Component {
  const settings = join(home.kafka, 'server.properties');
  const data = join(home.kafka, 'data');
  return {
    name: 'kafka',
    kind: 'infrastructure',
    url: `127.0.0.1:${ports.broker}`,
    dependsOn: [],
    command: {
      file: platform.java.executable,
      args: mainClassArguments(platform, heapMb, ['kafka.Kafka', settings]),
      env: platform.environment,
      cwd: home.kafka,
    },
    async prepare(signal) {
      await mkdir(home.kafka, { recursive: true });
      await writeFile(settings, properties(brokerSettings(data, ports)));
      if (!existsSync(join(data, 'meta.properties'))) await format(settings, platform, signal);
    },
    // Printed once the broker is registered, unfenced and serving; its port accepts connections well before that.
    isReady: async (output) => output.hasPrinted('Kafka Server started') && acceptsConnections(ports.broker),
    startTimeoutMs: 120_000,
    stopTimeoutMs: 2_000,
    stopSignal: 'SIGTERM',
  };
}

async function format(settings: string, platform: JvmPlatform, signal: AbortSignal): Promise<void> {
  // Kafka's own ids never start with a dash, which a command line would take for an option.
  const clusterId = `m${randomBytes(16).toString('base64url').slice(1)}`;
  const args = mainClassArguments(platform, 128, [
    'kafka.tools.StorageTool',
    'format',
    '--cluster-id',
    clusterId,
    '--config',
    settings,
  ]);
  await promisify(execFile)(platform.java.executable, args, { env: { ...platform.environment }, signal });
}

function brokerSettings(data: string, { broker, controller }: KafkaPorts): Record<string, string | number | boolean> {
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    // Topics are made by `millrace deploy`, with the partitions they are meant to have.
    'auto.create.topics.enable': false,
    // One node can keep one copy.
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    // One broker loads each partition of these at start: 50 of each, the default, only cost time.
    'offsets.topic.num.partitions': 10,
    'transaction.state.log.num.partitions': 5,
    'group.initial.rebalance.delay.ms': 0,
    // How long a killed broker's registration keeps the restarted one waiting.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    // How long the start after a kill takes.
    'num.recovery.threads.per.data.dir': 2,
  };
}
