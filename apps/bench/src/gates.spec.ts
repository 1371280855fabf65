import { expect, it, test } from '@jest/globals';

import { gates, judge, missedBy, type Verdict } from './gates.ts';
import type { Interval } from './harness/statistics.ts';

const quiet: Interval = [0.98, 1.02];
const loud: Interval = [0.9, 1.02];

const judged = (gate: string, median: number, interval: Interval, noise?: Interval) =>
  judge({ gate, subject: 'a ÷ b', quantity: 'perSecond', median, interval, ...(noise && { noise }) });
const verdict = (...args: Parameters<typeof judged>): Verdict => judged(...args).verdict;

test('higher is better: the median keeps the gate, and the interval does not reach far beyond', () => {
  expect(verdict('append-floor', 0.76, [0.74, 0.8], quiet)).toBe('pass');
  expect(verdict('append-floor', 0.76, [0.6, 0.8], quiet)).toBe('FAIL');
  expect(verdict('append-floor', 0.74, [0.73, 0.8], quiet)).toBe('FAIL');
});

test('lower is better: likewise', () => {
  expect(verdict('growth-store', 1.14, [1.1, 1.19], quiet)).toBe('pass');
  expect(verdict('growth-store', 1.14, [1.1, 1.3], quiet)).toBe('FAIL');
  expect(verdict('growth-store', 1.16, [1.1, 1.17], quiet)).toBe('FAIL');
});

test('noise makes only that inconclusive which it could turn', () => {
  expect(verdict('append-floor', 0.76, [0.7, 0.8], loud)).toBe('inconclusive');
  expect(verdict('append-emmett', 6, [5, 7], loud)).toBe('pass');
  expect(verdict('append-emmett', 3, [2, 3.4], loud)).toBe('FAIL');
  expect(verdict('append-emmett', 3, [2, 3.4], [0.5, 1.5])).toBe('inconclusive');
  expect(verdict('append-emmett', 6, [5, 7], [0.5, 1.5])).toBe('inconclusive');
});

test('what is counted must be kept exactly, and noise is no excuse', () => {
  expect(verdict('append-round-trips', 1, [1, 1])).toBe('pass');
  expect(verdict('append-round-trips', 1.001, [1, 1.001], loud)).toBe('FAIL');
  expect(verdict('append-wal', 1.2, [1, 1.3], loud)).toBe('FAIL');
});

test('without an arm there is no verdict', () => {
  expect(judge({ gate: 'append-floor', subject: 'a ÷ b', quantity: 'perSecond' }).verdict).toBe('not run');
});

it('says by how much a gate was missed', () => {
  expect(missedBy(judged('append-floor', 0.6, [0.6, 0.6]))).toBeCloseTo(0.2);
  expect(missedBy(judged('growth-store', 1.38, [1.3, 1.4]))).toBeCloseTo(0.2);
  expect(missedBy(judged('growth-store', 1, [1, 1]))).toBe(0);
});

test('an aim is never easier than its gate, and ids are unique', () => {
  for (const { better, gate, aim } of gates) expect(better === 'higher' ? aim >= gate : aim <= gate).toBe(true);
  expect(new Set(gates.map(({ id }) => id)).size).toBe(gates.length);
});

it('refuses a gate that is not in the table', () => {
  expect(() => judged('append-luck', 1, [1, 1])).toThrow('there is no gate append-luck');
});
