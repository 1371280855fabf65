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

// Suites that share something start Kafka and Connect: stack-suites.e2e.spec.ts.
const light = suites.filter(({ close }) => close === undefined);

test.each(light.map((suite) => [suite.name, suite] as const))(
  'the suite %s runs, loses nothing, keeps what is counted, and judges all that it could measure',
  async (_, suite) => {
    const say = () => undefined;
    const options = { scale: 'tiny', rounds: 2, seed: 1, environment: process.env, postgres, say } as const;
    const result = await runSuite(suite, options);
    const judged = judgementsOf(result);
    expect(brokenArms(result)).toEqual([]);
    expect(judged.filter(({ gate, verdict }) => gate.hard && verdict !== 'pass')).toEqual([]);
    const missing = result.experiments.flatMap((experiment) => Object.keys(experiment.missing));
    const unjudged = judged.filter(({ verdict }) => verdict === 'not run').map(({ finding }) => finding.subject);
    expect(unjudged.filter((subject) => !subject.split(' ÷ ').some((arm) => missing.includes(arm)))).toEqual([]);
    expect(consoleReport(result)).toContain(judged[0]?.gate.metric);
  },
  // Each turn has a database of its own, and every commit waits for the disk.
  300_000,
);
