/** `docs/performance.md`, made from the reference runs: never written by hand, so that no number in it is older than its run. */
import { type Judged, missedBy } from '../gates.ts';
import type { ExperimentResult } from '../harness/rounds.ts';
import { band, ratio, summaries, whole } from './numbers.ts';
import { busyNote, judgementsOf, type RunResult } from './run-result.ts';

const HEAD = `# Performance

Made by \`npm run bench -- --page\` from the runs in [bench-results/reference](../bench-results/reference); [apps/bench](../apps/bench/README.md) says how a run goes and what each arm is. Every ratio is made within rounds of one run on one machine; an absolute number says something about that machine alone. What bounds it is in [performance-bounds.md](performance-bounds.md).
`;

/** @param results one per suite */
export function performancePage(results: readonly RunResult[]): string {
  return [HEAD, gatesSection(results.flatMap(judgementsOf)), ...results.map(suiteSection)].join('\n');
}

function gatesSection(judged: readonly Judged[]): string {
  const rows = judged.map(({ gate, finding, verdict }, index) => {
    const sign = gate.better === 'higher' ? '≥' : '≤';
    const value = finding.median === undefined ? '–' : ratio(finding.median);
    const interval = finding.interval === undefined ? '' : finding.interval.map(ratio).join(' – ');
    const noise = finding.noise === undefined ? '' : band(finding.noise);
    const missed = missedBy(judged[index] as Judged);
    const outcome = verdict === 'FAIL' ? `**FAIL** by ${(missed * 100).toFixed(1)} %` : verdict;
    return [gate.metric, value, interval, noise, `${sign} ${gate.gate}`, `${gate.aim}`, outcome];
  });
  const columns = ['metric', 'median', '95 % interval', 'floor ÷ itself', 'gate', 'aim', 'verdict'];
  return `## Gates\n\n${markdownTable(columns, rows)}`;
}

function suiteSection(result: RunResult): string {
  const { suite, scale, seed, environment, experiments } = result;
  const note = busyNote(result);
  const { at, sha, cpu, cores, memoryGiB, load, node, postgres, settings } = environment;
  const changed = Object.entries(settings).map(([name, value]) => `\`${name}=${value}\``);
  return [
    `## ${suite}`,
    '',
    `${at.slice(0, 10)}, commit \`${sha}\`, \`--${scale} --seed ${seed}\`; ${cpu}, ${cores} cores, ${memoryGiB} GiB, load ${load} before; Node ${node}, Postgres ${postgres} with ${changed.join(', ')}.`,
    '',
    ...(note === undefined ? [] : [`**${note}**`, '']),
    ...experiments.map(experimentSection),
  ].join('\n');
}

function experimentSection(experiment: ExperimentResult): string {
  const arms = summaries(experiment);
  const rows = arms.map((arm) => [
    arm.arm,
    ...[arm.perSecond, arm.p50, arm.p99, arm.clientCpu, arm.serverCpu, arm.walBytes].map(whole),
    arm.statements.toFixed(2),
    arm.blocks.toFixed(1),
  ]);
  const columns = ['arm', '/s', 'p50 µs', 'p99 µs', 'client µs', 'server µs', 'WAL bytes', 'round trips', 'blocks'];
  const missing = Object.entries(experiment.missing).map(([arm, why]) => `Not run: ${arm}, ${why}.\n`);
  const bars = barChart(arms.map(({ arm, perSecond }) => ({ label: arm, value: perSecond })));
  const title = `### ${experiment.name}\n\n${experiment.about}. Medians of ${experiment.rounds.length} rounds; costs per operation.\n`;
  return [title, `\`\`\`text\n${bars}\n\`\`\`\n`, markdownTable(columns, rows), ...missing].join('\n');
}

const BAR = 48;

/** Bars of operations per second, the longest as wide as the chart. */
export function barChart(bars: readonly { readonly label: string; readonly value: number }[]): string {
  const width = Math.max(...bars.map(({ label }) => label.length));
  const most = Math.max(...bars.map(({ value }) => value));
  const line = (label: string, value: number) =>
    `${label.padEnd(width)}  ${'█'.repeat(Math.max(1, Math.round((value / most) * BAR)))} ${whole(value)}/s`;
  return bars.map(({ label, value }) => line(label, value)).join('\n');
}

function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return `${[line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}
