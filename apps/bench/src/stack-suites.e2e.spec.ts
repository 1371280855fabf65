import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { BenchPostgres } from './harness/bench-postgres.ts';
import { consoleReport } from './report/console-table.ts';
import { brokenArms, judgementsOf } from './report/run-result.ts';
import { runSuite } from './run-suite.ts';
import { suites } from './suites/index.ts';

let postgres: BenchPostgres;
beforeAll(async () => {
  postgres = await BenchPostgres.start(process.env);
}, 120_000);
afterAll(() => postgres.stop());

const onStack = suites.filter(({ close }) => close !== undefined);

test.each(onStack.map((suite) => [suite.name, suite] as const))(
  'the suite %s runs on a stack, loses nothing, and judges all that it measured',
  async (_, suite) => {
    const say = () => undefined;
    const options = { scale: 'tiny', rounds: 1, seed: 1, environment: process.env, postgres, say } as const;
    const result = await runSuite(suite, options);
    const judged = judgementsOf(result);
    expect(brokenArms(result)).toEqual([]);
    expect(judged.filter(({ verdict }) => verdict === 'not run').map(({ gate }) => gate.id)).toEqual([]);
    expect(consoleReport(result)).toContain(judged[0]?.gate.metric);
  },
  300_000,
);
