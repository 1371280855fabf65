import { parseArgs } from 'node:util';

import type { RunResult } from './run-result.ts';
import type { Scenario } from './scenarios/scenario.ts';

const OUTPUTS = ['text', 'json', 'markdown'] as const;

/** What is written to the file of `--results`. */
export type Results = { readonly ok: boolean; readonly runs: readonly RunResult[] };

/** What the suite is to do, and where it says what it does. */
export type SuiteOptions = {
  readonly seeds: readonly number[];
  readonly output: (typeof OUTPUTS)[number];
  readonly results?: string;
  readonly patience: number;
  /** Progress. */
  say(line: string): void;
  /** The outcome. */
  print(text: string): void;
};

/** What was asked for on the command line. */
export type Asked = {
  readonly mode: 'run' | 'list' | 'mutations' | 'help';
  readonly scenarios: readonly Scenario[];
  readonly suite: Omit<SuiteOptions, 'say' | 'print'>;
};

/** Help text. */
export const usage = `npm run chaos -- [options]

  --scenario a,b     only these; default: all
  --seeds 1-10       seeds, as 3 or 1,4 or 1-10; default: 1
  --quick            the short slice that runs in CI
  --mutations        instead: bugs put in on purpose, each of which must turn the suite red
  --list             the scenarios, and what each one breaks
  --output FORMAT    text, json, or markdown (recovery times over all seeds, for the documents)
  --results FILE     the outcome as JSON to a file, after every run; what it shows as green is not run again
  --patience N       multiplies every deadline, for a machine that has other work
`;

/** @throws Error naming what cannot be understood */
export function parseOptions(args: readonly string[], all: readonly Scenario[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: 'string' },
      seeds: { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      mutations: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      output: { type: 'string', default: 'text' },
      results: { type: 'string' },
      patience: { type: 'string', default: '1' },
    },
  });
  const output = OUTPUTS.find((candidate) => candidate === values.output);
  if (!output) throw new Error(`--output is one of ${OUTPUTS.join(', ')}`);
  const chosen = values.scenario === undefined ? all : named(values.scenario.split(','), all);
  return {
    mode: modeOf(values),
    scenarios: values.quick ? chosen.filter(({ quick }) => quick) : chosen,
    suite: {
      seeds: seedsOf(values.seeds),
      output,
      patience: positive('--patience', values.patience),
      ...(values.results !== undefined && { results: values.results }),
    },
  };
}

/** The command that runs a scenario again as it was run. */
export function repeatCommand({ scenario, seed }: Pick<RunResult, 'scenario' | 'seed'>): string {
  return `npm run chaos -- --scenario ${scenario} --seeds ${seed}`;
}

function modeOf({ help, list, mutations }: { help: boolean; list: boolean; mutations: boolean }): Asked['mode'] {
  if (help) return 'help';
  if (list) return 'list';
  return mutations ? 'mutations' : 'run';
}

function named(names: readonly string[], all: readonly Scenario[]): Scenario[] {
  return names.map((name) => {
    const scenario = all.find((candidate) => candidate.name === name);
    if (!scenario) throw new Error(`there is no scenario ${name}; --list shows all`);
    return scenario;
  });
}

function seedsOf(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first = NaN, last = first] = part.split('-').map((seed) => positive('--seeds', seed));
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} takes whole numbers from 1, not ${text}`);
  return number;
}
