import type { Count } from './count.ts';

/** A step that has run. */
export type Outcome = { readonly step: string; readonly count: Count; readonly elapsedMs: number };

/** A table of the steps, every failure by name, and last the line `N passed, N failed`. */
export function summary(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ step, count, elapsedMs }) => [
    step,
    String(count.passed),
    String(count.failures.length),
    seconds(elapsedMs),
  ]);
  const failures = outcomes.flatMap(({ step, count }) => count.failures.map((failure) => `${step}: ${failure}`));
  return [
    ...table([['step', 'passed', 'failed', 'time'], ...rows]),
    ...(failures.length > 0 ? ['', 'Failed:', ...failures.map((failure) => `  ${failure}`)] : []),
    '',
    `${total(outcomes, ({ passed }) => passed)} passed, ${failures.length} failed`,
  ].join('\n');
}

/** Elapsed time as people read it: `0.4 s`, `3 min 12 s`. */
export function seconds(elapsedMs: number): string {
  if (elapsedMs < 60_000) return `${(elapsedMs / 1000).toFixed(1)} s`;
  const whole = Math.round(elapsedMs / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function total(outcomes: readonly Outcome[], of: (count: Count) => number): number {
  return outcomes.reduce((sum, { count }) => sum + of(count), 0);
}

function table(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(width(column)) : text.padStart(width(column));
  return rows.map((row) => row.map(cell).join('  '));
}
