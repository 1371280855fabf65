import { existsSync } from 'node:fs';

import { expect, it } from '@jest/globals';
import { variables } from '@millrace/config';

import { homeAt } from '../home.ts';
import { appEnvironment, stackEnvironment } from '../stack-environment.ts';
import { appComponent, apps } from './apps.ts';

const ports = { gateway: 4_000, postgres: 1, kafka: 2, registry: 3, connect: 4, 'command-api': 5, 'query-api': 6 };
const secrets = { owner: 'o', registry: 'r', command: 'c', projector: 'p', query: 'q', cdc: 'd', backup: 'b' };
const stack = stackEnvironment(homeAt('home'), ports, secrets);

it.each(apps)('$name exists', (app) => {
  const [main = ''] = appComponent(app, { port: 1, environment: {} }).command.args;
  expect(existsSync(main)).toBe(true);
});

it.each(apps)('$name is told its own database role and no password of another', (app) => {
  const environment = appEnvironment(app, stack);
  const told = JSON.stringify(environment);
  const expected = { owner: ':o@', millrace_command: ':c@', millrace_projector: ':p@', millrace_query: ':q@' };
  if ('role' in app) expect(environment['DATABASE_URL']).toContain(expected[app.role]);
  else expect(environment['DATABASE_URL']).toBeUndefined();
  expect(Object.values(expected).filter((password) => told.includes(password)).length).toBe('role' in app ? 1 : 0);
});

it('sets variables that the configuration knows, and values for all of them', () => {
  const names = Object.keys(stack).filter((name) => name !== 'MILLRACE_URL');
  expect(names.filter((name) => !(name in variables))).toEqual([]);
  for (const app of apps) expect(app.variables.filter((name) => !stack[name])).toEqual([]);
});
