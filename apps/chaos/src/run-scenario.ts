/**
 * One scenario with one seed:
 *
 *     load ─▶ fault under load ─▶ load goes on until commands are taken again ─▶ load ends ─▶ checkers, until all agree
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { checkAll, type Checked, type Verdict } from './check-all.ts';
import type { Finding } from './checkers/findings.ts';
import { HealthTimeline } from './checkers/health.ts';
import { Witness } from './checkers/witness.ts';
import type { ChaosStack } from './harness/chaos-stack.ts';
import { Journal } from './load/journal.ts';
import { type LifeKind, lives } from './load/lives.ts';
import { Load, type LoadTenant } from './load/load.ts';
import { Random } from './random.ts';
import type { RunOptions, RunResult } from './run-result.ts';
import type { Attack, Scenario } from './scenarios/scenario.ts';

const WARM_COMMANDS = 20;
const COMMANDS_AFTERWARDS = 30;
const TAKES_COMMANDS_MS = 120_000;
const RECOVER_MS = 120_000;
const CHECK_PAUSE_MS = 500;

/** Runs a scenario on a stack and judges it. A fault that cannot be injected is a finding like any other. */
export async function runScenario(chaos: ChaosStack, scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const run = await Run.prepare(chaos, scenario, options);
  const problem = await run.attack();
  const judged = await run.judge(problem);
  run.close();
  return judged;
}

let runs = 0;

class Run {
  readonly #scenario: Scenario;
  readonly #options: RunOptions;
  readonly #faults: string[] = [];
  readonly #journal: Journal;
  readonly #attack: Attack;
  readonly #health: HealthTimeline;
  readonly #checked: Omit<Checked, 'entries'>;
  #healedAt = 0;

  private constructor(
    scenario: Scenario,
    options: RunOptions,
    parts: { journal: Journal; attack: Omit<Attack, 'fault'>; checked: Omit<Checked, 'entries'> },
  ) {
    this.#scenario = scenario;
    this.#options = options;
    this.#journal = parts.journal;
    this.#attack = { ...parts.attack, fault: (name) => void this.#faults.push(name) };
    this.#health = new HealthTimeline(parts.attack.chaos);
    this.#checked = parts.checked;
  }

  static async prepare(chaos: ChaosStack, scenario: Scenario, options: RunOptions): Promise<Run> {
    const random = new Random(`${options.seed} ${scenario.name}`);
    runs += 1;
    const name = `r${runs}-${scenario.name}-${options.seed}`;
    const tenants = await tenantsOf(chaos, name, options.tenants ?? 3);
    const witness = new Witness(chaos.stack);
    // A log that lost its end grows again past where it was: then all of it is the run's.
    const start = scenario.losesRecords ? new Map<string, number>() : await witness.logEnds();
    const journal = new Journal(join(chaos.work, `${name}.journal`));
    const kinds = (Object.keys(lives) as LifeKind[]).filter((kind) => chaos.apps.includes(lives[kind]));
    const load = new Load({ random: random.fork('load'), tenants, journal, kinds, clients: options.clients ?? 3 });
    const keepRecords = () => witness.keep(start);
    const restored: { until?: string } = {};
    const restoredUntil = (moment: string) => void (restored.until = moment);
    const attack = { chaos, random: random.fork('faults'), load, journal, tenants, keepRecords, restoredUntil };
    const allowed = {
      replays: scenario.replays ?? false,
      moves: scenario.repartitions ?? false,
      losses: scenario.losesRecords ?? false,
    };
    const checked = { witness, tenants, start, apps: chaos.apps, allowed, restored };
    return new Run(scenario, options, { journal, attack, checked });
  }

  /** @returns what went wrong on the way, which is a finding too */
  async attack(): Promise<Finding | undefined> {
    const { chaos, load } = this.#attack;
    load.start();
    try {
      await load.untilMore(WARM_COMMANDS, this.#within(TAKES_COMMANDS_MS));
      this.#health.start();
      await this.#scenario.inject(this.#attack);
      this.#healedAt = performance.now();
      await load.untilMore(COMMANDS_AFTERWARDS, this.#within(TAKES_COMMANDS_MS));
      await chaos.untilReady(this.#within(TAKES_COMMANDS_MS));
      return undefined;
    } catch (error) {
      this.#healedAt ||= performance.now();
      return { check: 'C8', kind: 'different', detail: error instanceof Error ? error.message : String(error) };
    } finally {
      await load.stop();
    }
  }

  async judge(problem: Finding | undefined): Promise<RunResult> {
    const { verdict, recoveredMs } = await this.#untilAgreed();
    await this.#health.stop();
    const unnoticed = this.#scenario.notice ? this.#health.missed(this.#scenario.notice) : [];
    const afterwards = recoveredMs === undefined ? undefined : await this.#afterwards();
    const all = [problem, afterwards, ...unnoticed, ...verdict.findings].filter((finding) => finding !== undefined);
    const { name, numbers } = this.#scenario;
    const { findings: _found, ...counts } = verdict;
    return {
      scenario: name,
      numbers,
      seed: this.#options.seed,
      faults: this.#faults,
      acknowledged: this.#journal.acknowledged,
      ...counts,
      ...(recoveredMs !== undefined && { recoveredMs }),
      findings: all,
      ...this.#health.said,
      ok: all.length === 0,
    };
  }

  close(): void {
    this.#journal.close();
  }

  /** Until all checkers agree, twice: what comes too late, or once too often, is found by the second look. */
  async #untilAgreed(): Promise<{ verdict: Verdict; recoveredMs?: number }> {
    const deadline =
      performance.now() + this.#within(this.#options.recoverWithinMs ?? this.#scenario.recoverWithinMs ?? RECOVER_MS);
    let recoveredMs: number | undefined;
    for (;;) {
      const verdict = await this.#check();
      const agreed = verdict.findings.length === 0;
      if (agreed && recoveredMs !== undefined) return { verdict, recoveredMs };
      recoveredMs = agreed ? performance.now() - this.#healedAt : undefined;
      if (!agreed && performance.now() > deadline) return { verdict };
      await delay(CHECK_PAUSE_MS);
    }
  }

  async #check(): Promise<Verdict> {
    try {
      return await checkAll({ ...this.#checked, entries: this.#journal.entries });
    } catch (error) {
      const detail = `the checkers could not look: ${error instanceof Error ? error.message : String(error)}`;
      return { findings: [{ check: 'C8', kind: 'different', detail }], replayed: 0, reemitted: 0, events: 0 };
    }
  }

  async #afterwards(): Promise<Finding | undefined> {
    try {
      await this.#scenario.afterwards?.(this.#attack);
      return undefined;
    } catch (error) {
      return { check: 'C8', kind: 'different', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  #within(milliseconds: number): number {
    return milliseconds * (this.#options.patience ?? 1);
  }
}

async function tenantsOf(chaos: ChaosStack, name: string, count: number): Promise<LoadTenant[]> {
  const names = Array.from({ length: count }, (_, index) => `${name}-${String.fromCodePoint(97 + index)}`);
  return Promise.all(
    names.map(async (tenantId) => ({
      tenantId,
      canary: `canary${tenantId.replaceAll('-', '')}x`,
      client: await chaos.stack.client(tenantId),
    })),
  );
}
