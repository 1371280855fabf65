import { expect, it } from '@jest/globals';

import type { Arm, Experiment, Measured } from './arm.ts';
import { again, runRounds } from './rounds.ts';

const measured = (perSecond: number, problems: string[] = []): Measured => ({
  ...{ operations: 1, perSecond, clientCpu: 1, serverCpu: 1, walBytes: 1, statements: 1, blocks: 1, problems },
});

/** Answers from a list, one each turn. */
const arm = (name: string, turns: Measured[]): Arm => ({
  name,
  measure: async () => turns.shift() ?? Promise.reject(new Error('no more turns\nof this arm')),
});

const experiment = (arms: Arm[]): Experiment => ({
  name: 'trial',
  about: '',
  arms,
  floor: 'floor',
  comparisons: [{ gate: 'append-floor', of: 'ours', to: 'floor', quantity: 'perSecond' }],
  turn: { warmUp: { ms: 0 }, measure: { ms: 0 } },
});
const options = { rounds: 3, seed: 1, say: () => undefined };

it('compares within a round: a machine that slows down for all changes no ratio', async () => {
  const ours = arm(
    'ours',
    [80, 40, 8].map((rate) => measured(rate)),
  );
  const speeds = [100, 100, 50, 50, 10, 10];
  const floor = arm(
    'floor',
    speeds.map((rate) => measured(rate)),
  );
  const { findings, rounds } = await runRounds(experiment([ours, floor]), options);
  expect(findings[0]).toMatchObject({ median: 0.8, interval: [0.8, 0.8], noise: [1, 1], subject: 'ours ÷ floor' });
  expect(Object.keys(rounds[0] ?? {}).sort()).toEqual(['floor', again('floor'), 'ours'].sort());
});

it('parts in a row take the sum of their times, and none of them may be missing', async () => {
  const rates = (...values: number[]) => values.map((rate) => measured(rate));
  const parts = [arm('ours', rates(40, 40)), arm('part', rates(50, 50)), arm('floor', rates(200, 200, 200, 200))];
  const serial = { gate: 'http-serial', of: 'ours', quantity: 'perSecond' as const };
  const comparisons = [
    { ...serial, to: ['part', 'floor'] },
    { ...serial, to: ['absent', 'floor'] },
  ];
  const { findings } = await runRounds({ ...experiment(parts), comparisons }, { ...options, rounds: 2 });
  expect(findings[0]).toMatchObject({ median: 1, subject: 'ours ÷ (part + floor)', noise: [1, 1] });
  expect(findings[1]?.median).toBeUndefined();
});

it('a turn whose check failed, or that broke, counts for nothing and is told', async () => {
  const ours = arm('ours', [measured(500, ['3 events are missing']), measured(80)]);
  const floor = arm(
    'floor',
    Array.from({ length: 6 }, () => measured(100)),
  );
  const { findings, rounds } = await runRounds(experiment([ours, floor]), options);
  expect(findings[0]).toMatchObject({ median: 0.8, interval: [0.8, 0.8] });
  expect(rounds.map((round) => round['ours']?.problems)).toEqual([['3 events are missing'], [], ['no more turns']]);
});

it('an arm that this machine has not is left out, with the reason', async () => {
  const floor = { ...arm('floor', []), missing: 'no pgbench on PATH' };
  const { findings, missing } = await runRounds(
    experiment([
      arm(
        'ours',
        [1, 2, 3].map((rate) => measured(rate)),
      ),
      floor,
    ]),
    options,
  );
  expect(missing).toEqual({ floor: 'no pgbench on PATH' });
  expect(findings[0]).toEqual({ gate: 'append-floor', subject: 'ours ÷ floor', quantity: 'perSecond' });
});
