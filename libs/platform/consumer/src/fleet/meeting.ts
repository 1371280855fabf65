/**
 * A meeting: a moment in which another side stands exactly where the live group stands.
 *
 *     follow until it is near ─▶ hold the live positions ─▶ follow the rest ─▶ work ─▶ let go
 *
 * The live group's batches wait for the last three, as for any other batch; readers and commands do not.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { MillraceError } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

import { forgetUnread, lockPositions } from '../position.ts';
import type { FleetParts } from './fleet-parts.ts';
import { Follower } from './follower.ts';
import { holdPositions } from './group-progress.ts';
import { groupOf, type Side } from './side.ts';

/** Told while it follows: how many records are left. */
export type CatchUpProgress = (behind: number) => void | Promise<void>;

// So near that the rest takes no time worth mentioning.
const NEAR_RECORDS = 500;
// As long as live batches may wait for it. Then it lets go, and comes nearer first.
const LONGEST_HOLD_MS = 8_000;
const LOOK_AGAIN_MS = 25;
const TOLD_EVERY_MS = 500;

class TooFar extends Error {}

/** Brings a side to the live group, again and again, while one is needed. */
export class Meetings {
  readonly #parts: FleetParts;
  readonly #side: Side;
  readonly #follower: Follower;
  readonly #told: CatchUpProgress;

  constructor(parts: FleetParts, side: Side, told: CatchUpProgress = () => undefined) {
    this.#parts = parts;
    this.#side = side;
    this.#follower = new Follower(parts, side);
    this.#told = told;
  }

  /** Runs `work` in the transaction that holds the positions of both. Errors of `work` let go of them. */
  async meet<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    for (;;) {
      await this.#near();
      try {
        return await this.#hold(work);
      } catch (error) {
        if (!(error instanceof TooFar)) throw error;
      }
    }
  }

  /** Runs `read` in a snapshot in which both stand at the same place; the groups go on meanwhile. */
  async snapshot<T>(read: (snapshot: Transaction) => Promise<T>): Promise<T> {
    const { reading } = await this.meet(async () => {
      const taken = Promise.withResolvers<void>();
      const reading = this.#parts.database.transaction(async (snapshot) => {
        await snapshot.query('set transaction isolation level repeatable read, read only');
        // The first statement takes the snapshot.
        await snapshot.query('select 1');
        taken.resolve();
        return read(snapshot);
      });
      reading.catch(() => undefined);
      await Promise.race([taken.promise, reading]);
      // In an object: a promise that is returned would be awaited while the positions are held.
      return { reading };
    });
    return reading;
  }

  async end(): Promise<void> {
    await this.#follower.stop();
  }

  async #near(): Promise<void> {
    let toldAt = 0;
    for (;;) {
      const behind = await this.#follower.behind();
      if (performance.now() - toldAt > TOLD_EVERY_MS || behind <= NEAR_RECORDS) {
        toldAt = performance.now();
        await this.#told(behind);
      }
      // Joining its group takes seconds: not while live batches wait.
      if (behind === 0 || (behind <= NEAR_RECORDS && (await this.#follower.isFollowing()))) return;
      await delay(LOOK_AGAIN_MS);
    }
  }

  async #hold<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { database, projection, partitions } = this.#parts;
    const live = groupOf(projection, 'live');
    return database.transaction(async (transaction) => {
      await lockPositions(transaction, live, { topics: projection.topics, partitions });
      const deadline = performance.now() + LONGEST_HOLD_MS;
      while ((await this.#follower.behind()) > 0) {
        if (performance.now() > deadline) throw new TooFar();
        await delay(LOOK_AGAIN_MS);
      }
      await holdPositions(transaction, groupOf(projection, this.#side));
      const result = await work(transaction);
      await forgetUnread(transaction, live);
      return result;
    });
  }
}

/** What a comparison or a switch is refused with. */
export function refused(message: string, facts: Record<string, unknown> = {}): MillraceError {
  return new MillraceError('REBUILD_REFUSED', message, { facts });
}
