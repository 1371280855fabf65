import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Home } from '../home.ts';
import { brokerFolder } from '../stack-shape.ts';
import { writeAtomically } from '../write-atomically.ts';
import type { Component } from './component.ts';
import { type JvmPlatform, mainClassArguments, properties } from './jvm.ts';

/** One node: its name, and where it listens. */
export type KafkaNode = { readonly name: string; readonly broker: number; readonly controller: number };

/** Kafka nodes, each broker and KRaft controller in one process, on the loopback interface: one, or a quorum of three. */
export function kafkaComponents(home: Home, nodes: readonly KafkaNode[], platform: JvmPlatform): Component[] {
  return nodes.map((node) => kafkaComponent(home, { node, nodes }, platform));
}

type Membership = { readonly node: KafkaNode; readonly nodes: readonly KafkaNode[] };

/** One of the nodes. */
export function kafkaComponent(home: Home, membership: Membership, platform: JvmPlatform): Component {
  const { name, broker } = membership.node;
  const folder = brokerFolder(home, name);
  const settings = join(folder, 'server.properties');
  const data = join(folder, 'data');
  return {
    name,
    kind: 'infrastructure',
    url: `127.0.0.1:${broker}`,
    dependsOn: [],
    command: {
      file: platform.java.executable,
      args: [
        // Three on one machine start and recover sooner with the quick compiler alone.
        ...(membership.nodes.length > 1 ? ['-XX:TieredStopAtLevel=1'] : []),
        ...mainClassArguments(platform, heapMb(membership.nodes), ['kafka.Kafka', settings]),
      ],
      env: platform.environment,
      cwd: folder,
    },
    async prepare(signal) {
      await mkdir(folder, { recursive: true });
      await writeFile(settings, properties(brokerSettings(data, membership)));
      if (existsSync(join(data, 'meta.properties'))) return;
      await format({ settings, clusterId: clusterIdOf(home) }, platform, signal);
    },
    // Printed once the broker is registered, unfenced and serving; its port accepts connections well before that.
    isReady: async (output) => output.hasPrinted('Kafka Server started') && (await answersRequests(broker)),
    // Three on a busy machine need minutes; ended before it has caught up, a node only begins again.
    startTimeoutMs: membership.nodes.length === 1 ? 120_000 : 300_000,
    stopTimeoutMs: 2_000,
    stopSignal: 'SIGTERM',
  };
}

/** Each of several has the same records, but only a third of the work. */
function heapMb(nodes: readonly KafkaNode[]): number {
  return nodes.length === 1 ? 512 : 384;
}

/** One id for all nodes of a home, made by the first that is formatted. */
function clusterIdOf(home: Home): string {
  const file = join(home.kafka, 'cluster-id');
  // Kafka's own ids never start with a dash, which a command line would take for an option.
  if (!existsSync(file)) writeAtomically(file, `m${randomBytes(16).toString('base64url').slice(1)}`, 0o600);
  return readFileSync(file, 'utf8');
}

/** A request ApiVersions, version 0, in Kafka's wire protocol: length, key, version, correlation id, no client id. */
const API_VERSIONS = Buffer.from('0000000a0012000000000001ffff', 'hex');
const ANSWER_MS = 2_000;

/** Whether a broker answers. That its port accepts connections says nothing: the kernel does that for a frozen process too. */
async function answersRequests(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: ANSWER_MS });
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => socket.write(API_VERSIONS));
    socket.once('data', () => settle(true));
    for (const silence of ['error', 'timeout', 'close']) socket.once(silence, () => settle(false));
  });
}

type Formatting = { readonly settings: string; readonly clusterId: string };

async function format({ settings, clusterId }: Formatting, platform: JvmPlatform, signal: AbortSignal): Promise<void> {
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

function brokerSettings(data: string, { node, nodes }: Membership): Record<string, string | number | boolean> {
  const { broker, controller } = node;
  const copies = nodes.length;
  const copiesInSync = Math.max(1, copies - 1);
  return {
    'process.roles': 'broker,controller',
    'node.id': nodes.indexOf(node) + 1,
    'controller.quorum.voters': nodes.map((voter, index) => `${index + 1}@127.0.0.1:${voter.controller}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    // Topics are made by `millrace deploy`, with the partitions they are meant to have.
    'auto.create.topics.enable': false,
    // As many copies as there are nodes; all but one must have a record before it counts as written.
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': copiesInSync,
    ...(copies > 1 && { 'default.replication.factor': copies, 'min.insync.replicas': copiesInSync }),
    // One broker loads each partition of these at start: 50 of each, the default, only cost time.
    'offsets.topic.num.partitions': 10,
    'transaction.state.log.num.partitions': 5,
    'group.initial.rebalance.delay.ms': 0,
    // How long a killed broker's registration keeps the restarted one waiting, and what it led without a leader.
    'broker.session.timeout.ms': copies > 1 ? 6_000 : 3_000,
    'broker.heartbeat.interval.ms': 500,
    // A lone broker has nobody to hand its partitions to. It would leave them without a leader, take those for deleted, and
    // forget to end a transaction that is just being committed there: nobody could read past it any more.
    ...(copies === 1 && { 'controlled.shutdown.enable': false }),
    // How long the start after a kill takes.
    'num.recovery.threads.per.data.dir': 2,
  };
}
