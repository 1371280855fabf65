import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { allowed } from './allowed.ts';
import type { Finding, Text } from './lint-texts.ts';
import { refused } from './refused.ts';

const root = join(import.meta.dirname, '../..');
const lintTimeoutMs = 120_000;

function run(args: readonly string[], { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {}) {
  return spawnSync(process.execPath, args, { cwd: root, input, encoding: 'utf8', env: { ...process.env, ...env } });
}

function lintTexts(texts: readonly Text[]): readonly Finding[][] {
  const { status, stdout, stderr } = run(['tools/boundaries/lint-texts.ts'], { input: JSON.stringify(texts) });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Finding[][];
}

describe('TOX-1 one-way data flow, by public entry points', () => {
  let findings: readonly Finding[][];

  beforeAll(() => {
    findings = lintTexts([...refused, ...allowed]);
  }, lintTimeoutMs);

  test.each(refused.map(({ why, rule }, index) => ({ why, rule, index })))(
    '$why is refused by $rule',
    ({ rule, index }) => {
      expect(findings[index]?.map(({ ruleId }) => ruleId)).toContain(rule);
    },
  );

  test.each(allowed.map(({ file }, index) => ({ file, index })))('$file may be written', ({ index }) => {
    expect(findings[refused.length + index]).toEqual([]);
  });
});

describe('the import rule skips itself where no project graph is cached', () => {
  const emptyCache = mkdtempSync(join(tmpdir(), 'millrace-graph-'));
  const env = { NX_WORKSPACE_DATA_DIRECTORY: emptyCache };
  const graph = join(emptyCache, 'project-graph.json');
  const file = 'tools/boundaries/allowed.ts';

  afterAll(() => rmSync(emptyCache, { recursive: true }));

  test(
    'so ESLint refuses to start without one',
    () => {
      const { status, stdout, stderr } = run(['node_modules/eslint/bin/eslint.js', file], { env });
      expect(existsSync(graph)).toBe(false);
      expect(`${stdout}${stderr}`).toContain('No Nx project graph');
      expect(status).not.toBe(0);
    },
    lintTimeoutMs,
  );

  test(
    'so the lint step builds one first',
    () => {
      const { status, stdout, stderr } = run(['tools/lint.ts', file], { env });
      expect({ status, output: `${stdout}${stderr}` }).toEqual({ status: 0, output: '' });
      expect(existsSync(graph)).toBe(true);
    },
    lintTimeoutMs,
  );
});
