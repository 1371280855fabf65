import type { Environment } from '@millrace/config';

import { BenchPostgres } from './harness/bench-postgres.ts';
import { type Asked, parseOptions, usage } from './options.ts';
import { consoleReport } from './report/console-table.ts';
import { savePage, saveReference, saveResult } from './report/result-files.ts';
import { isSound, type RunResult } from './report/run-result.ts';
import { runSuite } from './run-suite.ts';
import { suites } from './suites/index.ts';

const EXIT = { ok: 0, red: 1, usage: 2 };

/**
 * What the command line asks for.
 * @returns exit code: 0 measured, 1 a counted gate was missed or a check failed, 2 not understood
 */
export async function runAsked(args: readonly string[], environment: Environment): Promise<number> {
  // Postgres is ended when this process exits; without a listener a signal would leave it behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(EXIT.red));
  let asked: Asked;
  try {
    asked = parseOptions(args, suites);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return EXIT.usage;
  }
  return run(asked, environment);
}

async function run(asked: Asked, environment: Environment): Promise<number> {
  switch (asked.mode) {
    case 'help':
      print(usage);
      return EXIT.ok;
    case 'list':
      print(suites.map(({ name, about }) => `${name.padEnd(12)}${about}\n`).join(''));
      return EXIT.ok;
    case 'page':
      say(await savePage(suites.map(({ name }) => name)));
      return EXIT.ok;
    case 'run':
      return (await runSuites(asked, environment)).every(isSound) ? EXIT.ok : EXIT.red;
  }
}

async function runSuites(asked: Asked, environment: Environment): Promise<RunResult[]> {
  const results: RunResult[] = [];
  const postgres = await BenchPostgres.start(environment);
  try {
    for (const suite of asked.suites) {
      const result = await runSuite(suite, { ...asked, environment, postgres, say });
      results.push(result);
      say(saveResult(result));
      if (asked.reference) say(await saveReference(result));
      if (asked.output === 'text') print(`\n${consoleReport(result)}\n`);
    }
  } finally {
    await postgres.stop();
  }
  if (asked.reference) say(await savePage(suites.map(({ name }) => name)));
  if (asked.output === 'json') print(`${JSON.stringify(results, null, 2)}\n`);
  return results;
}

function print(text: string): void {
  process.stdout.write(text);
}

/** Progress goes to standard error, so that the outcome can be piped. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
