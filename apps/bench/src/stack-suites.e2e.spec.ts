import { expect, test } from '@jest/globals';

import { consoleReport } from './report/console-table.ts';
import { brokenArms, judgementsOf } from './report/run-result.ts';
import { runSuite } from './run-suite.ts';
import { suites } from './suites/index.ts';

const onStack = suites.filter(({ close }) => close !== undefined);

test.each(onStack.map((suite) => [suite.name, suite] as const))(
  'the suite %s runs on a stack, loses nothing, and judges all that it measured',
  async (_, suite) => {
    const say = () => undefined;
    const result = await runSuite(suite, { scale: 'tiny', rounds: 1, seed: 1, environment: process.env, say });
    const judged = judgementsOf(result);
    expect(brokenArms(result)).toEqual([]);
    expect(judged.filter(({ verdict }) => verdict === 'not run').map(({ gate }) => gate.id)).toEqual([]);
    expect(consoleReport(result)).toContain(judged[0]?.gate.metric);
  },
  300_000,
);
