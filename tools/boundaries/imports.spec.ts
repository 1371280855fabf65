import { describe, expect, test } from '@jest/globals';

import { findCycle, importsOf, reachableFrom, sourceDependencies } from './imports.ts';
import { workspacePackages } from './packages.ts';

const packages = workspacePackages();

test('an import is followed into the workspace, and no further', () => {
  expect(importsOf('libs/core/src/testing/given.ts')).toEqual(
    expect.arrayContaining(['@jest/globals', 'libs/core/src/decider.ts']),
  );
  expect(importsOf('tools/boundaries/imports.ts')).toEqual(
    expect.arrayContaining(['node:fs', 'typescript', 'tools/boundaries/packages.ts']),
  );
  expect(reachableFrom(['libs/platform/kafka/src/index.ts'])).toContain('kafkajs');
});

describe('cycles', () => {
  const graph = (edges: Record<string, string[]>) =>
    new Map(Object.entries(edges).map(([name, targets]) => [name, new Set(targets)]));

  test('are found', () => {
    expect(findCycle(graph({ app: ['a'], a: ['b'], b: ['c'], c: ['a'] }))).toEqual(['a', 'b', 'c', 'a']);
    expect(findCycle(graph({ app: ['a', 'b'], a: ['b'], b: [] }))).toBeUndefined();
  });

  // The lint rule has to overlook cycles through the test harness, and may overlook others with them.
  test('there are none between the packages', () => {
    expect(findCycle(sourceDependencies(packages))).toBeUndefined();
  });
});

describe('no app of the write side can produce to Kafka', () => {
  const mains = packages
    .filter(({ tags }) => tags.includes('layer:app') && tags.includes('side:write'))
    .map(({ root }) => `${root}/src/main.ts`);

  test('command-api is such an app', () => {
    expect(mains).toEqual(['apps/command-api/src/main.ts']);
  });

  test.each(mains)('nothing that %s loads is a Kafka client', (main) => {
    const clients = [...reachableFrom([main])].filter(
      (name) => name === 'kafkajs' || name.startsWith('libs/platform/kafka/'),
    );
    expect(clients).toEqual([]);
  });

  test.each(mains)(
    'T-54 nothing that %s loads is a read model: those are fed from the topics, and never twice',
    (main) => {
      expect([...reachableFrom([main])].filter((name) => name.startsWith('libs/read-models/'))).toEqual([]);
    },
  );
});
