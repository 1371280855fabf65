import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestDatabase, eventually, type TestDatabase } from '@millrace/testing';

const directory = mkdtempSync(join(tmpdir(), 'millrace-command-api-'));
const jwks = join(directory, 'jwks.json');
let created: TestDatabase;

beforeAll(async () => {
  created = await createTestDatabase();
  writeFileSync(jwks, JSON.stringify({ keys: [] }));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await created.drop();
});

function start(environment: Record<string, string>): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

describe('the process', () => {
  test('a database that is not deployed ends it with every problem and the fix', async () => {
    const { child, output } = start({ DATABASE_URL: created.roleUrls.command, AUTH_JWKS: jwks });
    const [exitCode] = (await once(child, 'exit')) as [number];
    expect(exitCode).toBe(1);
    expect(output()).toContain('"code":"PREFLIGHT_FAILED"');
    expect(output()).toContain('has no id');
    expect(output()).toContain('npx millrace deploy');
  });

  test('a Postgres that is down does not: it waits, live and not ready, and stops when told to', async () => {
    const { child, output } = start({ DATABASE_URL: 'postgres://millrace_command@127.0.0.1:1/none', AUTH_JWKS: jwks });
    const port = await eventually(() => /"port":(\d+).*"listening"/.exec(output())?.[1]);
    await eventually(() => output().includes('waiting for Postgres'));
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    expect([await status('/livez'), await status('/readyz')]).toEqual([200, 503]);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('an environment without what it needs ends it with every problem', async () => {
    const { child, output } = start({});
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(output()).toContain('DATABASE_URL is required');
    expect(output()).toContain('AUTH_JWKS is required');
  });
});
