import type { Environment } from '@millrace/config';

import type { Experiment } from './harness/arm.ts';
import { BenchKafka } from './harness/bench-kafka.ts';
import type { BenchPostgres } from './harness/bench-postgres.ts';
import { environmentRecord } from './harness/environment.ts';
import { type ExperimentResult, runRounds } from './harness/rounds.ts';
import type { RunResult } from './report/run-result.ts';
import type { Scale, Suite } from './suites/suite.ts';

/** How a suite is run. */
export type SuiteOptions = {
  readonly scale: Scale;
  readonly rounds: number;
  readonly seed: number;
  readonly arms?: readonly string[];
  readonly environment: Environment;
  /** Other suites may have used it before, and find there what they keep. */
  readonly postgres: BenchPostgres;
  readonly say: (line: string) => void;
};

/** Runs a suite; where it needs a Kafka, on one of its own, which is gone afterwards. */
export async function runSuite(suite: Suite, options: SuiteOptions): Promise<RunResult> {
  const { scale, seed, environment, postgres, say } = options;
  let started: Promise<BenchKafka> | undefined;
  const kafka = () => (started ??= BenchKafka.start(environment));
  try {
    const record = await environmentRecord(postgres);
    const experiments: ExperimentResult[] = [];
    for (const prepare of suite.experiments) {
      const experiment = await prepare({ postgres, kafka, scale, environment });
      const result = await run(experiment, options).finally(() => experiment.close?.());
      if (result) experiments.push(result);
    }
    if (experiments.length === 0) say(`${suite.name} has none of the arms ${options.arms?.join(', ')}`);
    return { suite: suite.name, scale, seed, environment: record, experiments };
  } finally {
    await suite.close?.();
    await started?.then((broker) => broker.stop()).catch(() => undefined);
  }
}

/** @returns undefined where none of its arms was asked for */
async function run(experiment: Experiment, options: SuiteOptions): Promise<ExperimentResult | undefined> {
  const chosen = chosenArms(experiment, options.arms);
  const rounds = Math.min(options.rounds, experiment.rounds ?? Infinity);
  return chosen.arms.length === 0 ? undefined : runRounds(chosen, { ...options, rounds });
}

function chosenArms(experiment: Experiment, names: readonly string[] | undefined): Experiment {
  if (!names) return experiment;
  return { ...experiment, arms: experiment.arms.filter(({ name }) => names.includes(name)) };
}
