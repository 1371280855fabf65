import { parseArgs } from 'node:util';

import type { Scale, Suite } from './suites/suite.ts';

const OUTPUTS = ['text', 'json'] as const;

/** What was asked for on the command line. */
export type Asked = {
  readonly mode: 'run' | 'list' | 'page' | 'help';
  readonly suites: readonly Suite[];
  readonly scale: Scale;
  /** Names of the arms to run; all by default. */
  readonly arms?: readonly string[];
  readonly rounds: number;
  readonly seed: number;
  readonly output: (typeof OUTPUTS)[number];
  readonly reference: boolean;
};

/** Help text. */
export const usage = `npm run bench -- [suite…] [options]

  suite              only these; default: all
  --quick            short turns and 3 rounds (the default)
  --full             long turns and 9 rounds, stores of 10 million events
  --arms a,b         only these arms; a gate that needs another one is not judged
  --rounds N         rounds of each experiment
  --seed N           order of the arms and resampling; default: 1
  --output FORMAT    text or json
  --reference        keep the run as the one that docs/performance.md shows
  --page             instead: write docs/performance.md from the reference runs
  --list             instead: the suites and what they are about
`;

const ROUNDS: Record<Scale, number> = { tiny: 2, quick: 3, full: 9 };

/** @throws Error naming what cannot be understood */
export function parseOptions(args: readonly string[], all: readonly Suite[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      arms: { type: 'string' },
      rounds: { type: 'string' },
      seed: { type: 'string', default: '1' },
      output: { type: 'string', default: 'text' },
      reference: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.quick && values.full) throw new Error('--quick and --full exclude each other');
  const output = OUTPUTS.find((candidate) => candidate === values.output);
  if (!output) throw new Error(`--output is one of ${OUTPUTS.join(', ')}`);
  const scale = values.full ? 'full' : 'quick';
  return {
    mode: modeOf(values),
    suites: positionals.length === 0 ? all : positionals.map((name) => named(name, all)),
    scale,
    ...(values.arms !== undefined && { arms: values.arms.split(',') }),
    rounds: values.rounds === undefined ? ROUNDS[scale] : positive('--rounds', values.rounds),
    seed: positive('--seed', values.seed),
    output,
    reference: values.reference,
  };
}

function modeOf({ help, list, page }: { help: boolean; list: boolean; page: boolean }): Asked['mode'] {
  if (help) return 'help';
  if (list) return 'list';
  return page ? 'page' : 'run';
}

function named(name: string, all: readonly Suite[]): Suite {
  const suite = all.find((candidate) => candidate.name === name);
  if (!suite) throw new Error(`there is no suite ${name}; there are ${all.map((each) => each.name).join(', ')}`);
  return suite;
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} takes whole numbers from 1, not ${text}`);
  return number;
}
