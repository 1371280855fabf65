import { type Finding, promises } from './checkers/findings.ts';
import type { RunResult } from './run-result.ts';
import type { Scenario } from './scenarios/scenario.ts';

const SHOWN_FINDINGS = 12;
const COLUMNS = [
  'scenario',
  'seed',
  'faults',
  'acknowledged',
  'lost',
  'duplicated',
  'out of order',
  'other',
  're-read',
  're-emitted',
  'recovered',
  'verdict',
];

/** One line per run, then the promises and whether any checker of theirs found something. */
export function resultTable(runs: readonly RunResult[]): string {
  const rows = [COLUMNS, ...runs.map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return `${[...lines, '', ...promiseLines(runs), ''].join('\n')}`;
}

/** Findings, one a line, the first few of each checker. */
export function findingLines(findings: readonly Finding[]): string {
  const lines = findings.slice(0, SHOWN_FINDINGS).map(({ check, kind, detail }) => `  ${check} ${kind}: ${detail}`);
  const rest = findings.length - lines.length;
  return [...lines, ...(rest > 0 ? [`  … and ${rest} more`] : [])].join('\n');
}

/** What `--list` shows. */
export function scenarioList(scenarios: readonly Scenario[]): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  const line = ({ name, numbers, about, quick }: Scenario) =>
    `${name.padEnd(width)}  ${numbers.join(' ').padEnd(8)}  ${quick ? 'quick' : '     '}  ${about}`;
  return `${scenarios.map(line).join('\n')}\n`;
}

/** Findings of these kinds. */
export function countOf({ findings }: RunResult, ...kinds: readonly Finding['kind'][]): number {
  return findings.filter(({ kind }) => kinds.includes(kind)).length;
}

/** Milliseconds as seconds; `never` where there was no end. */
export function secondsText(milliseconds: number | undefined): string {
  return milliseconds === undefined || milliseconds === Infinity ? 'never' : `${(milliseconds / 1_000).toFixed(1)} s`;
}

function cells(run: RunResult): string[] {
  return [
    run.scenario,
    String(run.seed),
    String(run.faults.length),
    String(run.acknowledged),
    String(countOf(run, 'lost')),
    String(countOf(run, 'duplicated', 'invented')),
    String(countOf(run, 'reordered')),
    String(countOf(run, 'different', 'parked', 'unfinished', 'leaked', 'unnoticed')),
    String(run.replayed),
    String(run.reemitted),
    secondsText(run.recoveredMs),
    verdictOf(run),
  ];
}

function verdictOf({ ok, skipped }: RunResult): string {
  if (skipped !== undefined) return 'not run';
  return ok ? 'green' : 'RED';
}

function promiseLines(runs: readonly RunResult[]): string[] {
  return Object.entries(promises).map(([promise, checks]) => {
    const broken = runs.filter(({ findings }) => findings.some(({ check }) => checks.includes(check)));
    const verdict = broken.length === 0 ? 'kept' : `BROKEN in ${broken.map(({ scenario }) => scenario).join(', ')}`;
    return `${promise} (${checks.join(' ')}): ${verdict}`;
  });
}
