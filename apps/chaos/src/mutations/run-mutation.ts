import type { AppName } from '@millrace/stack';

import type { Finding } from '../checkers/findings.ts';
import { ChaosStack } from '../harness/chaos-stack.ts';
import type { AppPlan } from '../harness/preload.ts';
import { findingLines } from '../report.ts';
import type { RunResult } from '../run-result.ts';
import { runScenario } from '../run-scenario.ts';
import { scenarios } from '../scenarios/index.ts';
import { type Mutation, mutations } from './mutations.ts';

/** What became of a bug that was put in on purpose. */
export type MutationResult = { readonly mutation: Mutation; readonly caught: boolean; readonly run: RunResult };

/** What a healthy system would have recovered from by then; a sick one is not waited for. */
const RED_AFTER_MS = 20_000;

/** Orders and what follows from them: enough to find every one of these bugs, and soon started. */
const apps: readonly AppName[] = [
  'relay-supervisor',
  'command-api',
  'query-api',
  'gateway',
  'order-read-model-projection',
  'orders-by-status-projection',
  'external-publisher',
];

/** A stack for mutations. What one of them damages are the tenants of its own run, so that all can share it. */
export function startMutationStack(): Promise<ChaosStack> {
  return ChaosStack.start({ apps });
}

/** Runs the scenario of a mutation while one process of the stack has the bug, and takes the bug out again. */
export async function runMutation(
  chaos: ChaosStack,
  mutation: Mutation,
  { seed, patience }: { readonly seed: number; readonly patience: number },
): Promise<MutationResult> {
  const scenario = scenarios.find(({ name }) => name === mutation.scenario);
  if (!scenario) throw new Error(`there is no scenario ${mutation.scenario}`);
  await plan(chaos, mutation.app, { mutations: mutation.changes });
  try {
    const run = await runScenario(chaos, scenario, { seed, patience, recoverWithinMs: RED_AFTER_MS });
    return { mutation, caught: run.findings.some((finding) => isSign(mutation, finding)), run };
  } finally {
    await plan(chaos, mutation.app, {});
  }
}

function isSign({ caughtBy }: Mutation, { check, detail }: Finding): boolean {
  return caughtBy.some((sign) => sign.check === check && (sign.saying?.test(detail) ?? true));
}

async function plan(chaos: ChaosStack, app: string, suffered: AppPlan): Promise<void> {
  chaos.plan(app, suffered);
  // Each command of the command line is a process of its own.
  if (app !== 'cli') await chaos.restart(app);
}

/** Tries the suite against every bug. @returns whether it found them all */
export async function runMutations(
  options: { readonly seed: number; readonly patience: number },
  say: (line: string) => void,
): Promise<boolean> {
  const chaos = await startMutationStack();
  let all = true;
  try {
    for (const mutation of mutations) {
      say(`▶ ${mutation.name}: ${mutation.about}`);
      const { caught, run } = await runMutation(chaos, mutation, options);
      say(`  ${caught ? 'caught' : 'NOT CAUGHT'} by ${mutation.caughtBy.map(({ check }) => check).join(' or ')}`);
      say(findingLines(run.findings));
      all &&= caught;
    }
  } finally {
    await chaos.stop();
  }
  return all;
}
