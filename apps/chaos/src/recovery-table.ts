import { countOf, secondsText } from './report.ts';
import type { RunResult } from './run-result.ts';

/** One line per scenario over all its seeds, for the documents: what `--output markdown` prints. */
export function recoveryTable(runs: readonly RunResult[]): string {
  const head = [
    '| scenario | runs | acknowledged | lost | duplicated | out of order | recovered: median | longest |',
    '| -------- | ---- | ------------ | ---- | ---------- | ------------ | ----------------- | ------- |',
  ];
  const done = runs.filter(({ skipped }) => skipped === undefined);
  const byScenario = Map.groupBy(done, ({ scenario }) => scenario);
  return `${[...head, ...[...byScenario].map(line)].join('\n')}\n`;
}

function line([scenario, runs]: readonly [string, readonly RunResult[]]): string {
  const sum = (count: (run: RunResult) => number) => String(runs.reduce((total, run) => total + count(run), 0));
  const recovered = runs.map(({ recoveredMs }) => recoveredMs ?? Infinity).sort((left, right) => left - right);
  const cells = [
    scenario,
    String(runs.length),
    sum(({ acknowledged }) => acknowledged),
    sum((run) => countOf(run, 'lost')),
    sum((run) => countOf(run, 'duplicated', 'invented')),
    sum((run) => countOf(run, 'reordered')),
    secondsText(recovered[Math.floor((recovered.length - 1) / 2)]),
    secondsText(recovered.at(-1)),
  ];
  return `| ${cells.join(' | ')} |`;
}
