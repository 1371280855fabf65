/**
 * Everything that must hold before a change is merged: `npm test`, or some of it: `npm test -- unit lint`. Goes on after
 * a failing step; ends with the line `N passed, N failed`, and with exit code 1 where anything failed.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runToEnd } from './run-to-end.ts';
import { type Count, countCheck, countJest, type JestReport } from './test-run/count.ts';
import { type Step, stepNames, stepsNamed } from './test-run/steps.ts';
import { type Outcome, seconds, summary } from './test-run/summary.ts';

async function run(step: Step): Promise<Outcome> {
  console.log(`\n━━ ${step.name} ━━`);
  const start = performance.now();
  const count = step.jest ? await runJest(step) : countCheck(await runToEnd(step.command));
  const elapsedMs = performance.now() - start;
  console.log(`━━ ${step.name} ${count.failures.length === 0 ? 'passed' : 'FAILED'} in ${seconds(elapsedMs)}`);
  return { step: step.name, count, elapsedMs };
}

async function runJest({ command }: Step): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  try {
    const reportFile = join(folder, 'report.json');
    const exitCode = await runToEnd([...command, '--json', `--outputFile=${reportFile}`]);
    return countJest(exitCode, readReport(reportFile));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return undefined;
  }
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !stepNames.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown step ${unknown.join(', ')}; the steps are ${stepNames.join(', ')}.`);
  process.exit(2);
}

const outcomes: Outcome[] = [];
for (const step of stepsNamed(names)) outcomes.push(await run(step));

console.log(`\n${summary(outcomes)}`);
process.exitCode = outcomes.some(({ count }) => count.failures.length > 0) ? 1 : 0;
