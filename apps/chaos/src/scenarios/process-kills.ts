/** Processes that die, stop, or are restarted: 1 to 13 of the list. */
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '@millrace/testing';

import type { Attack, Scenario } from './scenario.ts';

const READY_MS = 240_000;
const COMMANDS_BETWEEN = 15;

/** `kill -9`, `times` in a row, each while commands are taken. */
function killScenario(name: string, options: Omit<Scenario, 'name' | 'inject'> & { times?: number }): Scenario {
  const { times = 2, ...scenario } = options;
  return {
    ...scenario,
    name: `kill-${name}`,
    async inject({ chaos, load, random, fault }) {
      for (let round = 0; round < times; round += 1) {
        await eventually(() => chaos.stateOf(name) === 'ready', { timeoutMs: READY_MS });
        await load.untilMore(COMMANDS_BETWEEN);
        await delay(random.between(0, 1_000));
        await chaos.kill(name);
        fault(`kill -9 ${name}`);
      }
    },
  };
}

const consumers = [
  'order-read-model-projection',
  'orders-by-customer-projection',
  'orders-by-status-projection',
  'orders-analytics-projection',
  'external-publisher',
  'job-read-model-projection',
  'person-view-projection',
  'hiring-view-projection',
  'tenant-view-projection',
  'user_projector',
  'event-log-projection',
];

/** Kills some of these one after the other, in an order of the seed. */
function killSeveral({ chaos, random, fault }: Attack, names: readonly string[], times: number): Promise<void> {
  return Array.from({ length: times }, () => random.pick(names)).reduce(async (before, name) => {
    await before;
    await chaos.kill(name);
    fault(`kill -9 ${name}`);
    await delay(random.between(50, 700));
  }, Promise.resolve());
}

/** SIGSTOP: the process neither answers nor ends, and wakes up in another world. */
function freezeScenario(name: string, { notices, quick = false }: { notices: boolean; quick?: boolean }): Scenario {
  return {
    name: `freeze-${name}`,
    numbers: [11],
    about: `SIGSTOP of ${name} for 10 to 20 s, then SIGCONT`,
    quick,
    ...(notices && { notice: { services: [name] } }),
    async inject({ chaos, random, fault }) {
      const milliseconds = random.between(10_000, 20_000);
      fault(`SIGSTOP ${name} ${Math.round(milliseconds / 1_000)} s`);
      await chaos.freeze(name, milliseconds);
    },
  };
}

/** All of the infrastructure and the apps at once. */
const everything: Scenario = {
  name: 'kill-everything',
  numbers: [12],
  about: 'kill -9 of every process at the same moment, three times',
  quick: true,
  recoverWithinMs: 180_000,
  notice: { services: ['postgres', 'kafka', 'connect'] },
  async inject({ chaos, random, load, fault }) {
    for (let round = 0; round < 3; round += 1) {
      chaos.killAll(random.shuffled(chaos.services));
      fault('kill -9 everything');
      await delay(random.between(500, 3_000));
      await load.untilMore(COMMANDS_BETWEEN);
    }
  },
};

const brokerDown: Scenario = {
  name: 'broker-down',
  numbers: [6],
  about: 'no broker for 15 to 25 s: commands go on, and what they left arrives',
  notice: { services: ['kafka'] },
  async inject({ chaos, random, load, fault }) {
    await chaos.stack.pause('kafka');
    fault('broker down');
    await load.untilMore(COMMANDS_BETWEEN);
    await delay(random.between(15_000, 25_000));
    await load.untilMore(COMMANDS_BETWEEN);
    await chaos.stack.resume('kafka');
  },
};

const backends: Scenario = {
  name: 'kill-backends',
  numbers: [3],
  about: 'single connections of Postgres are ended: of the command API, of projectors, of the relay',
  async inject({ chaos, random, load, fault }) {
    for (const title of random.shuffled(['millrace_command', 'millrace_projector', 'walsender', 'millrace_command'])) {
      const killed = await chaos.killBackends(title);
      fault(`${killed} connections: ${title}`);
      await load.untilMore(COMMANDS_BETWEEN);
    }
  },
};

const rolling: Scenario = {
  name: 'rolling-restart',
  numbers: [13],
  about: 'SIGTERM to every app, one after the other, each when the one before is ready again',
  async inject({ chaos, random, fault }) {
    for (const name of random.shuffled(chaos.apps)) {
      await chaos.restart(name);
      fault(`SIGTERM ${name}`);
    }
  },
};

const registryDown: Scenario = {
  name: 'registry-down',
  numbers: [7],
  about: 'no registry while a projector and the command API start cold',
  async inject({ chaos, random, load, fault }) {
    await chaos.stack.pause('registry');
    fault('registry down');
    for (const name of ['command-api', random.pick(consumers)]) {
      await chaos.kill(name);
      fault(`kill -9 ${name}`);
    }
    await load.untilMore(COMMANDS_BETWEEN);
    await chaos.stack.resume('registry');
  },
};

/** Every scenario of this family. */
export const processKills: readonly Scenario[] = [
  killScenario('command-api', { numbers: [1], about: 'the command API dies under load' }),
  killScenario('postgres', {
    numbers: [2],
    about: 'the postmaster dies under load',
    quick: true,
    notice: { services: ['postgres'] },
  }),
  backends,
  killScenario('connect', {
    numbers: [4],
    about: 'Kafka Connect dies three times under load',
    times: 3,
    quick: true,
    notice: { services: ['connect'] },
  }),
  killScenario('kafka', { numbers: [5], about: 'the broker dies twice under load', notice: { services: ['kafka'] } }),
  brokerDown,
  killScenario('registry', { numbers: [7], about: 'the registry dies under load' }),
  registryDown,
  {
    name: 'kill-projectors',
    numbers: [8, 10],
    about: 'projectors and the publisher die at any moment, ten times',
    inject: (attack) => killSeveral(attack, consumers, 10),
  },
  killScenario('order-read-model-projection', {
    numbers: [8],
    about: 'one projector dies six times under load',
    times: 6,
  }),
  {
    name: 'kill-sagas',
    numbers: [9],
    about: 'the hiring saga dies between its steps, six times',
    inject: (attack) => killSeveral(attack, ['hiring-saga'], 6),
  },
  {
    name: 'kill-edge',
    numbers: [1, 8],
    about: 'gateway, query API and relay supervisor die, six times',
    inject: (attack) => killSeveral(attack, ['gateway', 'query-api', 'relay-supervisor'], 6),
  },
  freezeScenario('kafka', { notices: true, quick: true }),
  freezeScenario('connect', { notices: true }),
  freezeScenario('postgres', { notices: true }),
  freezeScenario('command-api', { notices: true }),
  freezeScenario('order-read-model-projection', { notices: true }),
  freezeScenario('hiring-saga', { notices: true }),
  everything,
  rolling,
];
