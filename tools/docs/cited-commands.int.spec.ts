import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { beforeAll, expect, test } from '@jest/globals';

import { citedCommands, pages } from './pages.ts';

const main = pathToFileURL(resolve('apps/cli/src/main.ts')).href;
const cited = pages().flatMap((page) => citedCommands(page).map((command) => ({ page, ...command })));
const lines = [...new Set(cited.map(({ words }) => words.join(' ')))];

/** Help of each command, by its words; of nothing where the CLI does not know them. */
let help: Readonly<Record<string, string>> = {};

beforeAll(() => {
  // One process for all: the query makes the entry point, and only that, run again for each.
  const script = `
    const help = {};
    let text = '';
    process.stdout.write = (chunk) => ((text += chunk), true);
    for (const [index, line] of ${JSON.stringify(lines)}.entries()) {
      text = '';
      process.argv = ['node', 'millrace', ...line.split(' '), '--help'];
      await import(${JSON.stringify(main)} + '?' + index);
      help[line] = process.exitCode === 0 ? text : '';
    }
    process.exitCode = 0;
    process.stderr.write('\\n' + JSON.stringify(help));`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  help = JSON.parse(stderr.split('\n').at(-1) ?? '') as Record<string, string>;
}, 120_000);

test('SHR-47 every command of the CLI that a page cites exists, with the options that it gives', () => {
  expect(lines.length).toBeGreaterThan(10);
  const wrong = cited.flatMap(({ page, words, options }) => {
    const line = words.join(' ');
    const text = help[line] ?? '';
    // A group of commands prints the same for a command that it does not have.
    const known =
      text.startsWith(`Usage: millrace ${line}`) || help[words[0] ?? '']?.includes(`Usage: millrace ${line}`);
    const unknown = options.filter((option) => !text.includes(option) && option !== '--output');
    return [...(known ? [] : [`${page}: ${line}`]), ...unknown.map((option) => `${page}: ${line} ${option}`)];
  });
  expect(wrong).toEqual([]);
});
