/** What the relay needs around it: retention of the outbox, its own topics, its configuration. 22, 25 and 28 of the list. */
import { deleteTopic } from '@millrace/kafka/testing';
import { purgeOutbox } from '@millrace/outbox';
import { ConnectClient, CONNECTOR_NAME, CONNECTOR_TOPICS, SLOT_NAME } from '@millrace/relay';
import { eventually } from '@millrace/testing';

import type { Attack, Scenario } from './scenario.ts';

const COMMANDS = 15;
const CHANGES = 3;

/** Retention is reckoned in hours: an hour ahead, the running hour has ended too. */
const RUNNING_HOUR_TOO = -1;

const purgeBehind: Scenario = {
  name: 'outbox-purge-behind',
  numbers: [22],
  about: 'the hours of the outbox that Connect has not read yet are purged: the purge refuses',
  async inject({ chaos, load, fault }) {
    await chaos.stack.pause('connect');
    await load.untilMore(COMMANDS);
    const { outcome } = await purgeOutbox(chaos.stack.database, {
      retentionHours: RUNNING_HOUR_TOO,
      slotName: SLOT_NAME,
      slotTimeoutMs: 3_000,
    });
    if (outcome !== 'kept') throw new Error(`what nobody has read was ${outcome}`);
    fault('purge of unread hours, refused');
    await chaos.stack.resume('connect');
    await load.untilMore(COMMANDS);
  },
};

const internalTopics: Scenario = {
  name: 'internal-topics-missing',
  numbers: [25],
  about: "the connector's own topics are gone when Connect starts: they stall it while it says RUNNING",
  recoverWithinMs: 240_000,
  async inject({ chaos, load, fault }) {
    await chaos.stack.pause('connect');
    for (const topic of CONNECTOR_TOPICS) {
      await deleteTopic(chaos.brokers, topic);
      fault(`${topic} deleted`);
    }
    await load.untilMore(COMMANDS);
    await chaos.stack.resume('connect');
    await load.untilMore(COMMANDS);
  },
};

const configChange: Scenario = {
  name: 'connector-config-change',
  numbers: [28],
  about: 'the configuration of the connector is changed three times under load, and changed back',
  async inject(attack) {
    const { random, load, fault } = attack;
    const { client, config } = await connector(attack);
    for (let change = 0; change < CHANGES; change += 1) {
      const batch = String(random.between(16, 4_096));
      await configure(client, { ...config, 'max.batch.size': batch });
      fault(`max.batch.size ${batch}`);
      await load.untilMore(COMMANDS);
    }
    await configure(client, config);
  },
};

async function connector({ chaos }: Attack) {
  const { CONNECT_URL } = chaos.stack.env;
  const response = await fetch(`${CONNECT_URL}/connectors/${CONNECTOR_NAME}/config`);
  const config = (await response.json()) as Record<string, string>;
  return { client: new ConnectClient(CONNECT_URL, CONNECTOR_NAME), config };
}

/** Refused with 409 while the workers are still taking in the change before. */
async function configure(client: ConnectClient, config: Readonly<Record<string, string>>): Promise<void> {
  await eventually(() => client.configure(config).then(() => true), { timeoutMs: 60_000, intervalMs: 500 });
}

/** Every scenario of this family. */
export const relaySurroundings: readonly Scenario[] = [purgeBehind, internalTopics, configChange];
