import type { Measured } from '../harness/arm.ts';
import { again, type ExperimentResult } from '../harness/rounds.ts';
import { median } from '../harness/statistics.ts';

/** What an arm showed, as medians over its rounds. */
export type ArmSummary = Omit<Measured, 'operations' | 'latency' | 'problems'> & {
  readonly arm: string;
  readonly p50?: number;
  readonly p99?: number;
};

/** One line per arm that ran, in the order of the first round's names sorted by speed. */
export function summaries({ rounds, floor }: ExperimentResult): ArmSummary[] {
  const names = Object.keys(rounds[0] ?? {}).filter((name) => name !== again(floor));
  return names
    .map((arm) =>
      summaryOf(
        arm,
        rounds.flatMap((round) => round[arm] ?? []),
      ),
    )
    .sort((left, right) => right.perSecond - left.perSecond);
}

function summaryOf(arm: string, turns: readonly Measured[]): ArmSummary {
  const middle = (read: (turn: Measured) => number): number => median(turns.map(read));
  const timed = turns.every(({ latency }) => latency !== undefined);
  return {
    arm,
    perSecond: middle(({ perSecond }) => perSecond),
    clientCpu: middle(({ clientCpu }) => clientCpu),
    serverCpu: middle(({ serverCpu }) => serverCpu),
    walBytes: middle(({ walBytes }) => walBytes),
    statements: middle(({ statements }) => statements),
    blocks: middle(({ blocks }) => blocks),
    ...(timed && { p50: middle(({ latency }) => latency?.p50 ?? 0), p99: middle(({ latency }) => latency?.p99 ?? 0) }),
  };
}

/** `12,246`. */
export function whole(value: number | undefined): string {
  return value === undefined ? '–' : Math.round(value).toLocaleString('en');
}

/** Three digits: `0.812`, `3.62`, `14.1`. */
export function ratio(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3, minimumSignificantDigits: 3 });
}

/** `±2.1 %`: how far the farther end of an interval lies from 1. */
export function band([low, high]: readonly [number, number]): string {
  return `±${(Math.max(1 - low, high - 1, 0) * 100).toFixed(1)} %`;
}
