import { type Judged, missedBy } from '../gates.ts';
import type { ExperimentResult } from '../harness/rounds.ts';
import { band, ratio, summaries, whole } from './numbers.ts';
import { brokenArms, busyNote, judgementsOf, type RunResult } from './run-result.ts';

/** What a run showed, for a terminal: gates first, then each experiment's arms. */
export function consoleReport(result: RunResult): string {
  const broken = brokenArms(result).map(({ arm, problems }) => `CHECK FAILED ${arm}: ${problems.join('; ')}`);
  const note = [busyNote(result)].filter((line) => line !== undefined);
  const gates = table(judgementsOf(result).map(gateCells));
  const experiments = result.experiments.flatMap((experiment) => ['', ...experimentLines(experiment)]);
  return `${[...gates, ...broken, ...note, ...experiments].join('\n')}\n`;
}

/** `append-floor  …  0.69  [0.66–0.71]  A/A ±2.1 %  gate ≥ 0.75  FAIL by 8 %  (aim 0.85)`. */
export function gateCells(judged: Judged): string[] {
  const { gate, finding, verdict } = judged;
  const sign = gate.better === 'higher' ? '≥' : '≤';
  return [
    gate.id,
    gate.metric,
    finding.median === undefined ? '–' : ratio(finding.median),
    finding.interval === undefined ? '' : `[${finding.interval.map(ratio).join('–')}]`,
    finding.noise === undefined ? '' : `A/A ${band(finding.noise)}`,
    `gate ${sign} ${gate.gate}${gate.hard ? ' (hard)' : ''}`,
    verdictText(judged, verdict),
    `(aim ${gate.aim})`,
  ];
}

function verdictText(judged: Judged, verdict: Judged['verdict']): string {
  if (verdict === 'pass') return 'PASS';
  const missed = missedBy(judged);
  if (verdict !== 'FAIL') return verdict;
  // The median alone may keep the gate, while its interval reaches too far beyond.
  return missed > 0 ? `FAIL by ${(missed * 100).toFixed(missed < 0.01 ? 2 : 0)} %` : 'FAIL: too uncertain';
}

const COLUMNS = ['arm', '/s', 'p50 µs', 'p99 µs', 'client µs', 'server µs', 'WAL B', 'round trips', 'blocks'];

function experimentLines(experiment: ExperimentResult): string[] {
  const rows = summaries(experiment).map((arm) => [
    arm.arm,
    ...[arm.perSecond, arm.p50, arm.p99, arm.clientCpu, arm.serverCpu, arm.walBytes].map(whole),
    arm.statements.toFixed(2),
    arm.blocks.toFixed(1),
  ]);
  const missing = Object.entries(experiment.missing).map(([arm, why]) => `${arm}: not run: ${why}`);
  return [`${experiment.name}: ${experiment.about}`, ...table([COLUMNS, ...rows]), ...missing];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
