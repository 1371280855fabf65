import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { MillraceError } from '@millrace/core';

import type { Home } from './home.ts';

/** How many of each process a stack has, and what they are called. */
export type StackShape = {
  readonly brokers: readonly string[];
  readonly connectWorkers: readonly string[];
  /** Processes per consumer group. */
  readonly membersPerGroup: number;
  /** Copies of each topic, and how many must have a record before it counts as written. */
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  /** Most connections to Postgres: each process has a pool of its own. */
  readonly maxConnections: number;
};

/** One of each: all that one machine needs. */
export const singleShape: StackShape = {
  brokers: ['kafka'],
  connectWorkers: ['connect'],
  membersPerGroup: 1,
  replicationFactor: 1,
  minInsyncReplicas: 1,
  maxConnections: 200,
};

/** The smallest shape that goes on without any one broker, worker or member. */
export const clusterShape: StackShape = {
  brokers: ['kafka-1', 'kafka-2', 'kafka-3'],
  connectWorkers: ['connect-1', 'connect-2'],
  membersPerGroup: 2,
  replicationFactor: 3,
  minInsyncReplicas: 2,
  maxConnections: 400,
};

/**
 * Refuses to start a home in another shape than the one it was made with: topics would have copies on brokers that are
 * not there, or on none but the first.
 * @throws MillraceError `STACK_FAILED`
 */
export function requireShape(home: Home, shape: StackShape): void {
  const wantsCluster = shape.brokers.length > 1;
  const isOther = existsSync(wantsCluster ? singleData(home) : join(home.kafka, clusterShape.brokers[0] ?? ''));
  if (!isOther) return;
  const [is, how] = wantsCluster ? ['one broker', 'without'] : ['a cluster', 'with'];
  throw new MillraceError(
    'STACK_FAILED',
    `${home.root} holds the data of ${is}, and stays that way: start it ${how} --cluster (MILLRACE_CLUSTER), or choose another folder with --home`,
  );
}

/** Folder of a broker: alone it has all of the home's, as one of several a part of it. */
export function brokerFolder(home: Home, name: string): string {
  return singleShape.brokers.includes(name) ? home.kafka : join(home.kafka, name);
}

function singleData(home: Home): string {
  return join(home.kafka, 'data');
}
