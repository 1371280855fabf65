/** Consumers that are slow, deaf, or later than the retention of their topic: 37, 38 and 42 of the list. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ORDERS_TOPIC } from '@millrace/contracts/orders';
import { partitionRanges } from '@millrace/kafka';
import { deleteRecords } from '@millrace/kafka/testing';
import { eventually } from '@millrace/testing';

import type { ChaosStack } from '../harness/chaos-stack.ts';
import type { Scenario } from './scenario.ts';

const COMMANDS = 15;
const PROJECTOR = 'order-read-model-projection';
const NEIGHBOUR = 'orders-by-status-projection';
const PATIENT = { timeoutMs: 60_000, intervalMs: 500 };
const KEEPS_UP = { timeoutMs: 30_000, intervalMs: 200 };

/** A trigger that sleeps in every write of one read model. */
const slow: Scenario = {
  name: 'slow-consumer',
  numbers: [37],
  about: 'every row of one read model takes 200 ms: the read model beside it and the commands do not notice',
  async inject({ chaos, random, load, fault }) {
    const { database } = chaos.stack;
    await database.query(`create or replace function public.chaos_slow() returns trigger language plpgsql as
      $$ begin perform pg_sleep(0.2); return new; end $$`);
    await database.query(`create trigger chaos_slow before insert or update on read_model.order_read_model
      for each row execute function public.chaos_slow()`);
    try {
      fault('200 ms per row');
      await load.untilMore(COMMANDS);
      await neighbourKeepsUp(chaos);
      await delay(random.between(5_000, 15_000));
      await neighbourKeepsUp(chaos);
    } finally {
      await database.query('drop function public.chaos_slow() cascade');
    }
  },
};

/** Resolves when the neighbour has handled all that is on the topic now. @throws Error when it does not in time */
async function neighbourKeepsUp({ stack, brokers }: ChaosStack): Promise<void> {
  const ends = await partitionRanges({ brokers }, [ORDERS_TOPIC]);
  await eventually(async () => {
    const { rows } = await stack.database.query<{ partition: number; next_offset: string }>(
      'select partition, next_offset from consumer.positions where consumer_group = $1 and topic = $2',
      [NEIGHBOUR, ORDERS_TOPIC],
    );
    const positions = new Map(rows.map(({ partition, next_offset }) => [partition, Number(next_offset)]));
    return ends.every(({ partition, end }) => (positions.get(partition) ?? 0) >= end);
  }, KEEPS_UP).catch(() => {
    throw new Error(`${NEIGHBOUR} waits for its slow neighbour`);
  });
}

/** Nobody is told that a connection is dead: no reset, no end, only silence. */
const stalled: Scenario = {
  name: 'stalled-client',
  numbers: [38],
  about: 'what a projector says to the broker vanishes, and nobody tells it',
  recoverWithinMs: 90_000,
  async inject({ chaos, load, fault }) {
    const signal = join(chaos.work, 'deaf');
    const port = Number(new URL(`kafka://${chaos.brokers[0]}`).port);
    writeFileSync(signal, '');
    chaos.plan(PROJECTOR, { silence: { file: signal, port } });
    await chaos.restart(PROJECTOR);
    await load.untilMore(COMMANDS);
    writeFileSync(signal, 'now');
    fault('connections silent');
    await delay(3_000);
    writeFileSync(signal, '');
    chaos.plan(PROJECTOR, {});
    await load.untilMore(COMMANDS);
  },
};

const retention: Scenario = {
  name: 'retention-shorter-than-lag',
  numbers: [42],
  about: 'a projector is away until retention has removed what it has not read: it is told, and rebuilt from the store',
  recoverWithinMs: 180_000,
  async inject({ chaos, load, keepRecords, fault }) {
    const { brokers } = chaos;
    await chaos.stack.pause(PROJECTOR);
    await load.untilMore(4 * COMMANDS);
    // The others have read it, or they would have to heal as well.
    await neighbourKeepsUp(chaos);
    // Nothing may come between the last look at the topic and its removal.
    await load.stop();
    await chaos.stack.pause('connect');
    await keepRecords();
    await deleteRecords(brokers, { topic: ORDERS_TOPIC, before: Infinity });
    fault('unread records removed');
    await chaos.stack.resume('connect');
    load.start();
    const resumed = chaos.stack.resume(PROJECTOR).catch(() => undefined);
    await eventually(() => isNoticed(chaos), PATIENT);
    await chaos.cli('projections', 'rebuild', PROJECTOR, '--in-place');
    await chaos.cli('projections', 'seek', PROJECTOR, '--to', 'beginning');
    fault('rebuilt from the store');
    await resumed;
  },
};

/**
 * The projector refuses to go on where it has been before. In a partition that it has never read, it cannot know that
 * records were there: then the auditor finds the rows that it lacks.
 */
async function isNoticed(chaos: ChaosStack): Promise<boolean> {
  const { rowCount } = await chaos.stack.database.query(
    `select from audit.findings where kind = 'row_missing' and consumer_group = $1 and resolved_at is null`,
    [PROJECTOR],
  );
  return (rowCount ?? 0) > 0 || chaos.logOf(PROJECTOR).includes('records were deleted');
}

/** Every scenario of this family. */
export const laggingConsumers: readonly Scenario[] = [slow, stalled, retention];
