import { describe, expect, test } from '@jest/globals';
import { variables } from '@millrace/config';

import { workspacePackages } from '../boundaries/packages.ts';
import { composeFile, composeText, serviceNamed } from './compose-file.ts';
import { dockerProblems, schemaProblems } from './validate.ts';

const services = Object.entries(composeFile.services);
const ours = services.filter(([, { image }]) => image === 'millrace');
const apps = workspacePackages()
  .filter(({ tags }) => tags.includes('layer:app'))
  .map(({ root }) => root.slice('apps/'.length))
  .filter((app) => !['cli', 'e2e', 'chaos', 'bench'].includes(app));

describe('docker-compose.yml is valid', () => {
  test('by the published schema, and by Docker where it is installed', () => {
    expect([...schemaProblems(composeFile), ...dockerProblems()]).toEqual([]);
  });

  test('by a schema that refuses what is wrong', () => {
    const file = { services: { postgres: { image: 'postgres', evironment: {} } } };
    expect(schemaProblems(file)).toEqual([expect.stringContaining('/services/postgres')]);
  });

  test.each(services)('what %s refers to exists', (_, service) => {
    const volumes = (service.volumes ?? []).map((volume) => volume.split(':')[0]);
    const configs = (service.configs ?? []).map(({ source }) => source);
    expect(Object.keys(composeFile.volumes)).toEqual(expect.arrayContaining(volumes));
    expect(Object.keys(composeFile.configs)).toEqual(expect.arrayContaining(configs));
    expect(Object.keys(composeFile.services)).toEqual(expect.arrayContaining(Object.keys(service.depends_on ?? {})));
  });
});

describe('the services', () => {
  test.each(apps)('ACC-87 JOB-36 %s runs, and is asked whether it is ready', (app) => {
    const { command, healthcheck, restart } = serviceNamed(app);
    expect(command).toEqual(['node', `apps/${app}/src/main.ts`]);
    expect(healthcheck?.test.join(' ')).toContain('/readyz');
    expect(restart).toBe('unless-stopped');
  });

  test('each service of ours is an app or a one-shot', () => {
    expect(ours.map(([name]) => name).sort()).toEqual([...apps, 'deploy', 'keys', 'service-token'].sort());
  });

  test.each(services)(
    '%s waits for health where it can be told, and for the end of one-shots',
    (_, { depends_on = {} }) => {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        const oneShot = serviceNamed(name).restart === 'no';
        expect({ name, condition }).toEqual({
          name,
          condition: oneShot ? 'service_completed_successfully' : 'service_healthy',
        });
        expect({ name, canBeTold: oneShot || serviceNamed(name).healthcheck !== undefined }).toEqual({
          name,
          canBeTold: true,
        });
      }
    },
  );

  test('ports are published on the loopback only', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports);
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
});

describe('the environment', () => {
  test.each(ours)('%s is given variables that exist', (_, { environment = {} }) => {
    const names = Object.keys(environment);
    expect(names.filter((name) => !Object.hasOwn(variables, name))).toEqual([]);
  });

  test('what the file takes from the shell or .env exists', () => {
    const names = [...composeText.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
    expect(names.filter((name) => !Object.hasOwn(variables, name))).toEqual([]);
  });
});
