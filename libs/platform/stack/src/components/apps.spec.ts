import { existsSync } from 'node:fs';

import { expect, it } from '@jest/globals';
import { variables } from '@millrace/config';

import { homeAt } from '../home.ts';
import { appEnvironment, stackEnvironment } from '../stack-environment.ts';
import { clusterShape, singleShape } from '../stack-shape.ts';
import { appComponent, type AppDefinition, apps, memberNames } from './apps.ts';

const ports = { gateway: 4_000, postgres: 1, kafka: 2, registry: 3, connect: 4, 'command-api': 5, 'query-api': 6 };
const secrets = { owner: 'o', registry: 'r', command: 'c', projector: 'p', query: 'q', cdc: 'd', backup: 'b' };
const stack = stackEnvironment(homeAt('home'), { ports, secrets, shape: singleShape });

it.each(apps)('$name exists', (app) => {
  const [main = ''] = appComponent(app, { name: 'any', port: 1, environment: {}, dependsOn: [] }).command.args;
  expect(existsSync(main)).toBe(true);
});

it.each(apps)('$name is told its own database role and no password of another', (app) => {
  const environment = appEnvironment(app, stack);
  const told = JSON.stringify(environment);
  const expected = {
    owner: ':o@',
    millrace_command: ':c@',
    millrace_projector: ':p@',
    millrace_query: ':q@',
    millrace_backup: ':b@',
  };
  if ('role' in app) expect(environment['DATABASE_URL']).toContain(expected[app.role]);
  else expect(environment['DATABASE_URL']).toBeUndefined();
  expect(Object.values(expected).filter((password) => told.includes(password)).length).toBe('role' in app ? 1 : 0);
});

it('sets variables that the configuration knows, and values for all of them', () => {
  const names = Object.keys(stack).filter((name) => name !== 'MILLRACE_URL');
  expect(names.filter((name) => !(name in variables))).toEqual([]);
  for (const app of apps) expect(app.variables.filter((name) => !stack[name])).toEqual([]);
});

it('ORD-53 only what reads as a group has further members, and only in a cluster', () => {
  const group: AppDefinition = { name: 'projection', variables: [], group: true };
  expect(memberNames(group, singleShape)).toEqual(['projection']);
  expect(memberNames(group, clusterShape)).toEqual(['projection', 'projection-2']);
  expect(memberNames({ name: 'gateway', variables: [] }, clusterShape)).toEqual(['gateway']);
  const groups: AppDefinition[] = apps.filter(({ name }) => /projection$|projector$|saga$|publisher$/.test(name));
  expect(groups.filter((app) => !app.group)).toEqual([]);
});
