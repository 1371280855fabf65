import { expect, it } from '@jest/globals';

import { homeAt } from '../home.ts';
import { stackEnvironment } from '../stack-environment.ts';
import { singleShape } from '../stack-shape.ts';
import { stackComponents, type StackParts } from './components.ts';

const secrets = { owner: 'o', registry: 'r', command: 'c', projector: 'p', query: 'q', cdc: 'd', backup: 'b' };
const names = ['gateway', 'postgres', 'kafka', 'kafka-controller', 'registry', 'connect', 'command-api', 'query-api'];

function partsOf(environment: Record<string, string>, released: string[] = []): StackParts {
  const home = homeAt('.');
  const ports = Object.fromEntries([...names, 'backup-scheduler'].map((name, index) => [name, index + 1]));
  const hold = ([name, port]: [string, number]) => [name, { port, release: async () => void released.push(name) }];
  return {
    home,
    shape: singleShape,
    secrets,
    held: Object.fromEntries(Object.entries(ports).map(hold)) as StackParts['held'],
    jvm: {
      java: { executable: 'java', version: 21 },
      jars: { lib: '', plugins: '', registry: '', logging: '' },
      environment,
    },
    binaries: { postgres: process.execPath, initdb: process.execPath },
    stack: stackEnvironment(home, { ports, secrets, shape: singleShape }),
  };
}

it('hands on what the shell sets, BACKUP_SCHEDULE too, below what the stack itself knows', () => {
  const shell = { BACKUP_SCHEDULE: '*=24h', DATABASE_URL: 'postgres://elsewhere/other' };
  const app = stackComponents(partsOf(shell), ['backup-scheduler']).find(({ name }) => name === 'backup-scheduler');
  expect(app?.command.env).toMatchObject({ BACKUP_SCHEDULE: '*=24h' });
  expect(app?.command.env['DATABASE_URL']).toBe('postgres://millrace_backup:b@127.0.0.1:2/millrace');
});

it('releases the ports that no component needs, and keeps the others until the start', () => {
  const released: string[] = [];
  stackComponents(partsOf({}, released), ['gateway']);
  expect(released.toSorted()).toEqual(['backup-scheduler', 'command-api', 'query-api']);
});
