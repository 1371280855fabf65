/** Scenarios × seeds on as few stacks as possible, and what came of them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { ChaosStack } from './harness/chaos-stack.ts';
import { type Quota, QuotaForbidden } from './harness/quota.ts';
import { repeatCommand, type Results, type SuiteOptions } from './options.ts';
import { recoveryTable } from './recovery-table.ts';
import { findingLines, resultTable } from './report.ts';
import { brokenRun, type RunOptions, type RunResult, skippedRun } from './run-result.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenarios/scenario.ts';

/** Runs everything that was asked for. @returns whether all of it was green */
export async function runSuite(scenarios: readonly Scenario[], options: SuiteOptions): Promise<boolean> {
  const stacks = new Stacks((line) => options.say(line));
  const revision = revisionOf(import.meta.dirname);
  const runs = greenBefore(options);
  const isDone = (scenario: Scenario, seed: number) =>
    runs.some((run) => run.scenario === scenario.name && run.seed === seed);
  try {
    for (const seed of options.seeds) {
      for (const scenario of scenarios.filter((candidate) => !isDone(candidate, seed))) {
        options.say(`▶ ${scenario.name}, seed ${seed}: ${scenario.about}`);
        const result = await runOn(stacks, scenario, { seed, patience: options.patience });
        runs.push({ ...result, revision });
        options.say(summary(result));
        save(options, { ok: runs.every(({ ok }) => ok), runs });
      }
    }
  } finally {
    await stacks.end();
  }
  const ok = runs.every((run) => run.ok);
  options.print(rendered(options.output, { ok, runs }));
  return ok;
}

/** What the file of results holds already: all scenarios with ten seeds take longer than most machines are left alone. */
function greenBefore({ results }: SuiteOptions): RunResult[] {
  if (results === undefined || !existsSync(results)) return [];
  return (JSON.parse(readFileSync(results, 'utf8')) as Results).runs.filter(({ ok, skipped }) => ok && !skipped);
}

function revisionOf(folder: string): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: folder, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function rendered(output: SuiteOptions['output'], results: Results): string {
  if (output === 'json') return `${JSON.stringify(results, null, 2)}\n`;
  return output === 'markdown' ? recoveryTable(results.runs) : resultTable(results.runs);
}

async function runOn(stacks: Stacks, scenario: Scenario, options: RunOptions): Promise<RunResult> {
  try {
    if (scenario.quota) await stacks.end();
    const result = await runScenario(await stacks.current(scenario.quota), scenario, options);
    // What a red run has damaged must not make the next one red.
    if (!result.ok) stacks.keepLogs(`${scenario.name}-${options.seed}`);
    if (scenario.destroys || !result.ok) await stacks.end();
    return result;
  } catch (error) {
    await stacks.end();
    if (error instanceof QuotaForbidden) return skippedRun(scenario, options.seed, error.message);
    return brokenRun(scenario, options.seed, error);
  }
}

function summary(result: RunResult): string {
  const seconds = result.recoveredMs === undefined ? 'never' : `after ${(result.recoveredMs / 1_000).toFixed(1)} s`;
  if (result.skipped !== undefined) return `  not run: ${result.skipped}`;
  if (result.ok) return `  green: ${result.acknowledged} acknowledged, agreed ${seconds}`;
  return `  RED, seed ${result.seed}; repeat: ${repeatCommand(result)}\n${findingLines(result.findings)}`;
}

function save({ results }: SuiteOptions, content: Results): void {
  if (results !== undefined) writeFileSync(results, `${JSON.stringify(content, null, 2)}\n`);
}

/** The stack in use: started when one is needed. */
class Stacks {
  readonly #say: SuiteOptions['say'];
  #stack: ChaosStack | undefined;

  constructor(say: SuiteOptions['say']) {
    this.#say = say;
  }

  async current(quota?: Quota): Promise<ChaosStack> {
    this.#stack ??= await ChaosStack.start({}, quota);
    return this.#stack;
  }

  /** A red run may not happen again for a long time. */
  keepLogs(name: string): void {
    if (this.#stack) this.#say(`  logs of the stack: ${this.#stack.keepLogs(name)}`);
  }

  async end(): Promise<void> {
    const stack = this.#stack;
    this.#stack = undefined;
    await stack?.stop();
  }
}
