import type { Finding } from './checkers/findings.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** What one run of a scenario showed. */
export type RunResult = {
  readonly scenario: string;
  readonly numbers: readonly number[];
  readonly seed: number;
  readonly faults: readonly string[];
  readonly acknowledged: number;
  readonly events: number;
  readonly replayed: number;
  readonly reemitted: number;
  /** From the end of the fault until all checkers agreed; absent when they never did. */
  readonly recoveredMs?: number;
  readonly findings: readonly Finding[];
  readonly unready: readonly string[];
  readonly causes: readonly string[];
  readonly ok: boolean;
  /** Why this machine cannot run it. */
  readonly skipped?: string;
  /** Commit of the sources; `unknown` where there is no repository. */
  readonly revision?: string;
};

/** How hard and how patiently. */
export type RunOptions = {
  readonly seed: number;
  readonly tenants?: number;
  readonly clients?: number;
  /** Multiplies every deadline; for a machine that has other work. Default 1. */
  readonly patience?: number;
  /** Instead of what the scenario allows: for a run that is expected to stay red. */
  readonly recoverWithinMs?: number;
};

/** A run that this machine does not allow: not red, and not green. */
export function skippedRun(scenario: Scenario, seed: number, skipped: string): RunResult {
  return { ...nothing(scenario, seed), ok: true, skipped };
}

/** A run that ended before anything could be judged. */
export function brokenRun(scenario: Scenario, seed: number, error: unknown): RunResult {
  const detail = error instanceof Error ? error.message : String(error);
  return { ...nothing(scenario, seed), findings: [{ check: 'C8', kind: 'different', detail }] };
}

function nothing({ name, numbers }: Scenario, seed: number): RunResult {
  const counts = { acknowledged: 0, events: 0, replayed: 0, reemitted: 0 };
  const lists = { faults: [], findings: [], unready: [], causes: [] };
  return { scenario: name, numbers, seed, ...counts, ...lists, ok: false };
}
