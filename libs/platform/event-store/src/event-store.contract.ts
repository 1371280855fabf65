/**
 * What every event store must do, run against the one on Postgres and the one in memory: a test that is green in memory
 * then means the same on Postgres.
 */
import { describe } from '@jest/globals';

import { answerContract, appendContract, competitionContract, identityContract } from './append.contract.ts';
import { loadContract, readAllContract, readSinceContract, typeContract } from './load.contract.ts';
import { commandContract, snapshotContract, tailAndGateContract } from './snapshot.contract.ts';
import type { StoreUnderTest } from './store-under-test.ts';

/** Declares the suite. */
export function describeEventStore(test: StoreUnderTest): void {
  describe('append', () => appendContract(test));
  describe('identity', () => identityContract(test));
  describe('append under competition', () => competitionContract(test));
  describe('answers', () => answerContract(test));
  describe('load', () => loadContract(test));
  describe('event types', () => typeContract(test));
  describe('snapshots', () => snapshotContract(test));
  describe('loadForCommand', () => {
    commandContract(test);
    tailAndGateContract(test);
  });
  describe('readAll', () => readAllContract(test));
  describe('readAll since', () => readSinceContract(test));
}
