import { describe, expect, test } from '@jest/globals';

import { countCheck, countJest, type JestReport } from './count.ts';

function reportOf(...statuses: string[]): JestReport {
  const assertionResults = statuses.map((status, index) => ({ status, fullName: `test ${index + 1}` }));
  return {
    testResults: [{ name: 'a.spec.ts', status: statuses.includes('failed') ? 'failed' : 'passed', assertionResults }],
  };
}

describe('a check', () => {
  test('counts as one', () => {
    expect(countCheck(0)).toEqual({ passed: 1, failures: [] });
    expect(countCheck(2)).toEqual({ passed: 0, failures: ['exit code 2'] });
  });
});

describe('a Jest run', () => {
  test('counts every test', () => {
    expect(countJest(0, reportOf('passed', 'passed'))).toEqual({ passed: 2, failures: [] });
    expect(countJest(1, reportOf('passed', 'failed'))).toEqual({ passed: 1, failures: ['test 2 (failed)'] });
  });

  test.each(['pending', 'todo', 'skipped', 'disabled'])('a %s test failed', (status) => {
    expect(countJest(0, reportOf('passed', status))).toEqual({ passed: 1, failures: [`test 2 (${status})`] });
  });

  test('a suite that did not run failed', () => {
    const broken = { name: 'b.spec.ts', status: 'failed', assertionResults: [] };
    const report = { testResults: [...reportOf('passed').testResults, broken] };
    expect(countJest(1, report)).toEqual({ passed: 1, failures: ['b.spec.ts (suite failed)'] });
  });

  test('a suite that failed after its tests passed failed', () => {
    const torn = { name: 'c.spec.ts', status: 'failed', assertionResults: [{ status: 'passed', fullName: 'test 1' }] };
    expect(countJest(1, { testResults: [torn] })).toEqual({ passed: 1, failures: ['c.spec.ts (suite failed)'] });
  });

  test('without tests it failed', () => {
    expect(countJest(0, { testResults: [] })).toEqual({ passed: 0, failures: ['no test was run (exit code 0)'] });
  });

  test('without a report it failed', () => {
    expect(countJest(137, undefined)).toEqual({ passed: 0, failures: ['no test was run (exit code 137)'] });
  });

  test('an exit code that no test explains failed', () => {
    expect(countJest(1, reportOf('passed'))).toEqual({ passed: 1, failures: ['exit code 1'] });
  });
});
