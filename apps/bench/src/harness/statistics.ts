import { Random } from './random.ts';

/** A confidence interval, both ends included. */
export type Interval = readonly [low: number, high: number];

/** @throws RangeError for no values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  const [below, above] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (below === undefined || above === undefined) throw new RangeError('no values have no median');
  return (below + above) / 2;
}

const RESAMPLES = 2_000;
const TAIL = 0.025;

/** 95 % interval of the median by resampling. The same values and seed give the same interval. */
export function medianInterval(values: readonly number[], seed: number): Interval {
  const random = new Random(seed);
  const pick = (): number => values[Math.floor(random.next() * values.length)] as number;
  const medians = Array.from({ length: RESAMPLES }, () => median(values.map(pick))).sort((a, b) => a - b);
  const at = (share: number) => medians[Math.round(share * (RESAMPLES - 1))] as number;
  return [at(TAIL), at(1 - TAIL)];
}
