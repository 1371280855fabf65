import type { Measured } from '../harness/arm.ts';
import type { RunResult } from './run-result.ts';

const turn = (perSecond: number, problems: string[] = []): Measured => ({
  operations: 1_000,
  perSecond,
  latency: { p50: 1_900, p95: 2_500, p99: 4_000, p999: 6_000, max: 9_000 },
  ...{ clientCpu: 60.4, serverCpu: 110, walBytes: 1_862, statements: 1, blocks: 16.1 },
  problems,
});

/** A run of two rounds as a suite returns it. @param problems of the arm `millrace` in the second round */
export function runResult(problems: string[] = []): RunResult {
  const environment = {
    ...{ at: '2026-01-02T03:04:05.678Z', sha: 'abc1234', cpu: 'Some CPU', cores: 2, memoryGiB: 24, load: 0.12 },
    ...{ node: '24.0.0', postgres: '18.4', settings: { fsync: 'on' } },
  };
  const findings = [
    {
      ...{ gate: 'append-floor', subject: 'millrace ÷ pgbench', quantity: 'perSecond' as const },
      ...{ median: 0.69, interval: [0.66, 0.71] as const, noise: [0.99, 1.021] as const },
    },
    {
      ...{ gate: 'append-round-trips', subject: 'millrace', quantity: 'statements' as const },
      ...{ median: 1, interval: [1, 1] as const },
    },
    { gate: 'append-emmett', subject: 'millrace ÷ emmett', quantity: 'perSecond' as const },
  ];
  const rounds = [
    { millrace: turn(8_200), pgbench: turn(12_000), 'pgbench (again)': turn(12_100) },
    { millrace: turn(8_300, problems), pgbench: turn(12_200), 'pgbench (again)': turn(12_100) },
  ];
  const missing = { emmett: 'it is not here' };
  const experiment = { name: 'append', about: 'one event per command', floor: 'pgbench', rounds, missing, findings };
  return { suite: 'append', scale: 'quick', seed: 1, environment, experiments: [experiment] };
}
