import { describe, expect, it } from '@jest/globals';

import { consoleReport } from './console-table.ts';
import { barChart, performancePage } from './performance-page.ts';
import { runResult } from './report.fixture.ts';
import { isSound } from './run-result.ts';

describe('on a terminal', () => {
  const lines = consoleReport(runResult()).split('\n');
  const lineOf = (start: string) => lines.find((line) => line.startsWith(start))?.replace(/ {2,}/g, '  ');

  it('each gate has number, interval, noise and verdict', () => {
    expect(lineOf('append-floor')).toBe(
      'append-floor  append of 1 event + outbox, 16 writers ÷ pgbench  0.690  [0.660–0.710]  A/A ±2.1 %  gate ≥ 0.75  FAIL by 8 %  (aim 0.85)',
    );
    expect(lineOf('append-round-trips')).toContain('gate ≤ 1 (hard)  PASS');
    expect(lineOf('append-emmett')).toContain('not run');
  });

  it('each arm has its medians, the fastest first, and the floor once', () => {
    const arms = lines.slice(lines.findIndex((line) => line.startsWith('arm')) + 1).filter(Boolean);
    expect(arms.map((line) => line.split(/ {2,}|:/)[0])).toEqual(['pgbench', 'millrace', 'emmett']);
    expect(lineOf('millrace')).toBe('millrace  8,250  1,900  4,000  60  110  1,862  1.00  16.1');
  });
});

describe('a run is sound', () => {
  it('when only what is timed misses its gate', () => {
    expect(isSound(runResult())).toBe(true);
  });

  it('not when an event was lost', () => {
    const result = runResult(['events: 999, expected 1000']);
    expect(isSound(result)).toBe(false);
    expect(consoleReport(result)).toContain('CHECK FAILED append, millrace: events: 999, expected 1000');
  });

  it('not when a counted gate is missed', () => {
    const result = runResult();
    const [experiment] = result.experiments;
    const finding = { gate: 'append-round-trips', subject: 'millrace', quantity: 'statements' as const };
    const missed = { ...finding, median: 2, interval: [2, 2] as const };
    expect(isSound({ ...result, experiments: [{ ...experiment!, findings: [missed] }] })).toBe(false);
  });
});

it('says that the machine was busy, where it was', () => {
  const quiet = runResult();
  const busy = { ...quiet, environment: { ...quiet.environment, load: 15 } };
  for (const render of [consoleReport, (result: typeof quiet) => performancePage([result])]) {
    expect(render(quiet)).not.toContain('had other work');
    expect(render(busy)).toContain('The machine had other work (load 15 on 2 cores before the run)');
  }
});

describe('the page', () => {
  const page = performancePage([runResult()]);

  it('has the gates of all suites in one table', () => {
    expect(page).toContain(
      '| append of 1 event + outbox, 16 writers ÷ pgbench | 0.690 | 0.660 – 0.710 | ±2.1 % | ≥ 0.75 | 0.85 | **FAIL** by 8.0 % |',
    );
  });

  it('says where and when', () => {
    expect(page).toContain('2026-01-02, commit `abc1234`, `--quick --seed 1`; Some CPU, 2 cores, 24 GiB');
    expect(page).toContain('`fsync=on`');
  });

  it('draws bars in proportion', () => {
    const chart = barChart([
      { label: 'pgbench', value: 12_000 },
      { label: 'ours', value: 6_000 },
    ]);
    expect(chart.split('\n').map((line) => line.replace(/[^█]/g, '').length)).toEqual([48, 24]);
  });
});
