/** Slot, publication, connector and long transactions: 14 to 25 of the list. */
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '@millrace/testing';

import { Witness } from '../checkers/witness.ts';
import type { ChaosStack } from '../harness/chaos-stack.ts';
import { advanceSlot, deleteOffsets, dropSlot, invalidateSlot, makeSlot } from '../harness/slot.ts';
import { appendInOneTransaction } from '../load/long-transaction.ts';
import { poisonForced, poisonRows } from './poison-rows.ts';
import type { Attack, Scenario } from './scenario.ts';

const COMMANDS = 15;

/** Something done to the slot while Connect is away; commands before and after it. */
function whileConnectIsDown(scenario: Omit<Scenario, 'inject'>, act: (attack: Attack) => Promise<void>): Scenario {
  return {
    ...scenario,
    replays: true,
    async inject(attack) {
      const { chaos, load, fault } = attack;
      await chaos.stack.pause('connect');
      fault('Connect down');
      await load.untilMore(COMMANDS);
      await act(attack);
      fault(scenario.name);
      await load.untilMore(COMMANDS);
      await chaos.stack.resume('connect');
    },
  };
}

/** Where an unread slot stands is known from the second look on: what is done to it before that, nobody can tell. */
async function untilSeenUnread(chaos: ChaosStack): Promise<void> {
  const seen = async () => /^millrace_slot_active 0$/m.test((await chaos.ask('relay-supervisor', '/metrics')).text);
  await eventually(seen, { timeoutMs: 60_000, intervalMs: 200 });
}

/** A state that somebody brings about for some seconds of load; `provoke` lets the relay feel it, `right` ends it. */
function drift(scenario: Pick<Scenario, 'name' | 'about'>, { wrong, provoke, right }: Drift): Scenario {
  return {
    ...scenario,
    numbers: [23],
    replays: true,
    recoverWithinMs: 180_000,
    notice: { services: ['relay-supervisor'] },
    async inject({ chaos, random, load, fault }) {
      await chaos.stack.database.query(wrong);
      fault(wrong);
      await provoke?.(chaos);
      await load.untilMore(COMMANDS);
      // Long enough for Debezium to dial again, after 10 s, and for the supervisor to look and to say so.
      await delay(random.between(20_000, 30_000));
      if (right !== undefined) await chaos.stack.database.query(right);
    },
  };
}

type Drift = {
  readonly wrong: string;
  readonly provoke?: (chaos: ChaosStack) => Promise<unknown>;
  /** Absent where the supervisor has to find it. */
  readonly right?: string;
};

/** The relay must not lose what one transaction holds open while others commit and Connect comes and goes. */
const interleaved: Scenario = {
  name: 'interleaved-transactions',
  numbers: [20],
  about: 'a transaction is open while others commit and Connect is killed; then it commits; five schedules',
  async inject({ chaos, random, load, tenants, fault }) {
    const parts = { database: chaos.stack.database, encoder: await new Witness(chaos.stack).encoder() };
    for (let schedule = 0; schedule < 5; schedule += 1) {
      const { tenantId } = random.pick(tenants);
      const commit = Promise.withResolvers<void>();
      const size = { aggregates: random.between(1, 5), events: random.between(1, 4) };
      const open = appendInOneTransaction(parts, { tenantId, prefix: `long-${schedule}`, ...size }, commit.promise);
      await load.untilMore(random.between(1, COMMANDS));
      await chaos.kill('connect');
      fault('kill -9 connect, transaction open');
      await delay(random.between(0, 6_000));
      commit.resolve();
      await open;
    }
  },
};

const largeTransactions: Scenario = {
  name: 'large-transactions',
  numbers: [21],
  about: '1, 1,000 and 10,000 events in one commit, Connect killed in the middle of streaming them',
  recoverWithinMs: 240_000,
  async inject({ chaos, random, tenants, fault }) {
    const parts = { database: chaos.stack.database, encoder: await new Witness(chaos.stack).encoder() };
    for (const aggregates of [1, 100, 1_000]) {
      const { tenantId } = random.pick(tenants);
      const events = aggregates === 1 ? 1 : 10;
      await appendInOneTransaction(parts, { tenantId, prefix: `large-${aggregates}`, aggregates, events });
      await delay(random.between(0, 300));
      await chaos.kill('connect');
      fault(`kill -9 connect after a commit of ${aggregates * events} events`);
    }
  },
};

const offsetsDeleted: Scenario = {
  name: 'offsets-deleted',
  numbers: [17],
  about: 'Connect forgets how far the connector has read',
  replays: true,
  async inject({ chaos, load, fault }) {
    await deleteOffsets(chaos);
    fault('offsets deleted');
    await load.untilMore(COMMANDS);
  },
};

/** Debezium dials again, makes the slot and reads the outbox anew, within seconds: often before anybody looks. */
const slotDroppedLive: Scenario = {
  name: 'slot-dropped-live',
  numbers: [14],
  about: 'the slot is dropped under a connector that runs',
  replays: true,
  recoverWithinMs: 180_000,
  async inject({ chaos, load, fault }) {
    await dropSlot(chaos);
    fault('slot dropped');
    await load.untilMore(COMMANDS);
    await delay(10_000);
  },
};

/** Whoever owns the role may lock it out: the task fails and nobody restarts it but the supervisor. */
const connectorFailed: Scenario = {
  name: 'connector-failed',
  numbers: [23],
  about: 'the role of the connector may not log in for some seconds, so its task fails',
  replays: true,
  recoverWithinMs: 180_000,
  notice: { services: ['relay-supervisor'] },
  async inject({ chaos, load, fault }) {
    const { database } = chaos.stack;
    await database.query('alter role millrace_cdc nologin');
    fault('role of the connector locked out');
    await chaos.killBackends('walsender');
    await chaos.killBackends('millrace_cdc');
    await load.untilMore(COMMANDS);
    await delay(20_000);
    await database.query('alter role millrace_cdc login');
  },
};

/** Busy tables that nobody captures must not make the slot retain WAL without end. */
const walGrowth: Scenario = {
  name: 'wal-growth',
  numbers: [19],
  about: '200 MB of writes to tables that are not captured: the slot moves on all the same',
  async inject({ chaos, load, fault }) {
    const { database } = chaos.stack;
    await database.query('create table if not exists public.chaos_filler (filler text)');
    for (let round = 0; round < 20; round += 1)
      await database.query(
        `insert into public.chaos_filler select string_agg(md5(i::text), '') from generate_series(1, 320000) i`,
      );
    fault('200 MB of other writes');
    await database.query('drop table public.chaos_filler');
    await load.untilMore(COMMANDS);
  },
  async afterwards({ chaos }) {
    await eventually(
      async () => {
        const { rows } = await chaos.stack.database.query<{ bytes: number }>(
          `select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint as bytes from pg_replication_slots`,
        );
        return rows.every(({ bytes }) => bytes < 64_000_000);
      },
      { timeoutMs: 60_000, intervalMs: 500 },
    );
  },
};

/** Every scenario of this family. */
export const relay: readonly Scenario[] = [
  whileConnectIsDown(
    { name: 'slot-dropped', numbers: [14], about: 'the slot is dropped while Connect is down', quick: true },
    ({ chaos }) => dropSlot(chaos),
  ),
  slotDroppedLive,
  whileConnectIsDown(
    {
      name: 'slot-invalidated',
      numbers: [15],
      about: 'Postgres cuts off the WAL of the slot',
      recoverWithinMs: 240_000,
      notice: { services: ['relay-supervisor'], causes: ['slot_lost', 'slot-replaced'] },
    },
    ({ chaos }) => invalidateSlot(chaos),
  ),
  whileConnectIsDown(
    { name: 'slot-made-anew', numbers: [16], about: 'somebody drops the slot and makes it again' },
    async ({ chaos }) => {
      await untilSeenUnread(chaos);
      await dropSlot(chaos);
      await makeSlot(chaos);
    },
  ),
  whileConnectIsDown(
    { name: 'slot-advanced', numbers: [16], about: 'somebody advances the slot past rows that nobody has read' },
    async ({ chaos }) => {
      await untilSeenUnread(chaos);
      await advanceSlot(chaos);
    },
  ),
  offsetsDeleted,
  connectorFailed,
  walGrowth,
  interleaved,
  largeTransactions,
  drift(
    {
      name: 'grants-drift',
      about:
        'the role of the connector may not read the outbox any more, just when the slot is lost and it would have to',
    },
    {
      wrong: 'revoke select on outbox.outbox_messages from millrace_cdc',
      provoke: dropSlot,
      right: 'grant select on outbox.outbox_messages to millrace_cdc',
    },
  ),
  drift(
    { name: 'publication-drift', about: 'the outbox is taken out of the publication, and nobody says a word' },
    { wrong: 'alter publication millrace drop table outbox.outbox_messages' },
  ),
  poisonRows,
  poisonForced,
];
