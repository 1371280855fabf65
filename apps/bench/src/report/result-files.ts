import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { performancePage } from './performance-page.ts';
import type { RunResult } from './run-result.ts';

const repository = resolve(import.meta.dirname, '../../../..');
const results = join(repository, 'bench-results');
const reference = join(results, 'reference');

/** Writes a run to a file of its own. @returns where */
export function saveResult(result: RunResult): string {
  const { at, sha } = result.environment;
  return write(join(results, `${at.replace(/[:.]/g, '-')}-${sha}-${result.suite}.json`), stringified(result));
}

/** Makes a run the one that the documents show. @returns where */
export async function saveReference(result: RunResult): Promise<string> {
  return writeFormatted(join(reference, `${result.suite}.json`), stringified(result));
}

/** Writes `docs/performance.md` from the reference runs, in the order of `suites`. @returns where */
export async function savePage(suites: readonly string[]): Promise<string> {
  const files = new Set(readdirSync(reference));
  const runs = suites
    .filter((suite) => files.has(`${suite}.json`))
    .map((suite) => JSON.parse(readFileSync(join(reference, `${suite}.json`), 'utf8')) as RunResult);
  return writeFormatted(join(repository, 'docs/performance.md'), performancePage(runs));
}

/** Six digits are more than any clock here can tell. */
function stringified(result: RunResult): string {
  const short = (_: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
  return `${JSON.stringify(result, short, 2)}\n`;
}

/** What git keeps is formatted like everything else. */
async function writeFormatted(file: string, text: string): Promise<string> {
  return write(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

function write(file: string, text: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return relative(repository, file);
}
