import { judge, type Judged } from '../gates.ts';
import type { EnvironmentRecord } from '../harness/environment.ts';
import type { ExperimentResult } from '../harness/rounds.ts';
import type { Scale } from '../suites/suite.ts';

/** One run of one suite: what is written to `bench-results/`. */
export type RunResult = {
  readonly suite: string;
  readonly scale: Scale;
  readonly seed: number;
  readonly environment: EnvironmentRecord;
  readonly experiments: readonly ExperimentResult[];
};

/** What the gates say about a run. */
export function judgementsOf({ experiments }: RunResult): Judged[] {
  return experiments.flatMap(({ findings }) => findings.map(judge));
}

/** Arms whose rows were not what they should be, or that did not come to an end. */
export function brokenArms({ experiments }: RunResult): { arm: string; problems: readonly string[] }[] {
  return experiments.flatMap(({ name, rounds }) =>
    rounds.flatMap((round) =>
      Object.entries(round).flatMap(([arm, { problems }]) =>
        problems.length > 0 ? [{ arm: `${name}, ${arm}`, problems }] : [],
      ),
    ),
  );
}

/** Whether nothing was lost and no counted gate was missed. What was timed is reported, and fails no run. */
export function isSound(result: RunResult): boolean {
  const hardMiss = judgementsOf(result).some(({ gate, verdict }) => gate.hard && verdict === 'FAIL');
  return brokenArms(result).length === 0 && !hardMiss;
}
