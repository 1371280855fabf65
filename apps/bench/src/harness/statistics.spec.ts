import { expect, it, test } from '@jest/globals';

import { Latencies } from './latencies.ts';
import { Random } from './random.ts';
import { median, medianInterval } from './statistics.ts';

test.each([
  [[3], 3],
  [[4, 1], 2.5],
  [[9, 1, 5], 5],
  [[8, 2, 6, 4], 5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

it('no values have no median', () => {
  expect(() => median([])).toThrow(RangeError);
});

const ratios = [0.71, 0.74, 0.69, 0.75, 0.72, 0.73, 0.7, 0.9, 0.71];

it('one seed gives one interval', () => {
  const many = Array.from({ length: 200 }, (_, index) => Math.sin(index));
  expect(medianInterval(many, 7)).toEqual(medianInterval(many, 7));
  expect(medianInterval(many, 7)).not.toEqual(medianInterval(many, 8));
});

it('an interval holds the median, leaves out the odd value, and is a point for values that agree', () => {
  const [low, high] = medianInterval(ratios, 7);
  expect(low).toBeLessThanOrEqual(median(ratios));
  expect(high).toBeGreaterThanOrEqual(median(ratios));
  expect(high).toBeLessThan(0.9);
  expect(medianInterval([2, 2, 2], 1)).toEqual([2, 2]);
});

it('percentiles are right to within a bucket', () => {
  const latencies = new Latencies();
  for (let micros = 1; micros <= 10_000; micros += 1) latencies.record(micros);
  const { p50 = 0, p99 = 0, p999 = 0, max } = latencies.percentiles() ?? {};
  expect(p50 / 5_000).toBeCloseTo(1, 1);
  expect(Math.abs(p50 / 5_000 - 1)).toBeLessThan(0.011);
  expect(Math.abs(p99 / 9_900 - 1)).toBeLessThan(0.011);
  expect(Math.abs(p999 / 9_990 - 1)).toBeLessThan(0.011);
  expect(max).toBe(10_000);
});

it('nothing has no percentiles', () => {
  expect(new Latencies().percentiles()).toBeUndefined();
});

it('one seed is one order', () => {
  const order = (seed: number) => new Random(seed).shuffled(['a', 'b', 'c', 'd', 'e']);
  expect(order(3)).toEqual(order(3));
  expect([...order(3)].sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => order(seed).join(''))).size).toBeGreaterThan(1);
});
