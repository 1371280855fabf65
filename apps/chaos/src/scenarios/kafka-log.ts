/** What Kafka loses: 29 and 30 of the list. */
import { join } from 'node:path';

import { eventTopics, outboxTopics } from '@millrace/contracts/topology';
import { eventually } from '@millrace/testing';

import { cutTails, wipe } from '../harness/kafka-files.ts';
import type { Scenario } from './scenario.ts';

const COMMANDS = 15;
const HEAL_MS = 300_000;

/** Every scenario of this family. */
export const kafkaLog: readonly Scenario[] = [
  {
    name: 'log-tail-cut',
    numbers: [29],
    about: 'the broker dies and finds the ends of its logs gone',
    destroys: true,
    replays: true,
    losesRecords: true,
    recoverWithinMs: HEAL_MS,
    async inject({ chaos, random, load, fault }) {
      await chaos.stack.pause('kafka');
      const cut = cutTails(join(chaos.stack.home, 'kafka'), eventTopics, 0.3 + 0.4 * random.next());
      fault(`${cut} partitions cut`);
      await load.untilMore(COMMANDS);
      await chaos.stack.resume('kafka');
    },
  },
  {
    name: 'log-wiped',
    numbers: [30],
    about: 'the broker loses everything; the operator deploys again and asks the relay to heal',
    destroys: true,
    replays: true,
    losesRecords: true,
    recoverWithinMs: HEAL_MS,
    async inject({ chaos, load, fault }) {
      await chaos.stack.pause('connect');
      await chaos.stack.pause('kafka');
      wipe(join(chaos.stack.home, 'kafka'));
      fault(`${outboxTopics.length} topics wiped`);
      await load.untilMore(COMMANDS);
      await chaos.stack.resume('kafka');
      await chaos.stack.resume('connect');
      await chaos.stack.deploy();
      const heal = () => chaos.cli('outbox', 'heal', '--yes').then(() => true);
      await eventually(heal, { timeoutMs: HEAL_MS, intervalMs: 2_000 });
      fault('millrace outbox heal');
    },
  },
];
