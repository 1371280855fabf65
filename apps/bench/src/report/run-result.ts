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

/** A machine with more to do than this, per core, before the run began is no place to measure. */
const IDLE_LOAD = 0.3;

/** Said of a run on a machine that had other work; undefined for one that had not. */
export function busyNote({ environment: { load, cores } }: Pick<RunResult, 'environment'>): string | undefined {
  if (load <= IDLE_LOAD * cores) return undefined;
  return `The machine had other work (load ${load} on ${cores} cores before the run): what is timed here says little.`;
}

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
