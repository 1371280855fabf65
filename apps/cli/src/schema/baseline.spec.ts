import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readSchemaFolder } from '@millrace/avro';

import { gitBaseline } from './baseline.ts';
import { checkSchemas } from './check-schemas.ts';

let folder: string;
let schemas: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-schemas-'));
  schemas = join(folder, 'schemas');
  mkdirSync(join(schemas, 'notes'), { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function save(version: number, doc: string): void {
  const schema = { type: 'record', name: 'Noted', namespace: 'notes', doc, fields: [] };
  writeFileSync(join(schemas, 'notes', `Noted.v${version}.avsc`), JSON.stringify(schema));
}

function commit(): void {
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args]);
  git('init', '--quiet');
  git('add', '.');
  git('-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--message', 'schemas');
}

const findings = async () => checkSchemas(await readSchemaFolder(schemas), await gitBaseline(schemas));

test('SHR-17 without a registry, what the last commit holds must not change', async () => {
  save(1, 'A note.');
  commit();
  await expect(findings()).resolves.toEqual([]);
  save(1, 'Another meaning.');
  save(2, 'A note.');
  await expect(findings()).resolves.toMatchObject([
    { file: 'notes/Noted.v1.avsc', problem: 'was changed in v1, which is committed' },
  ]);
});

test('SHR-17 a committed version that was removed is missed', async () => {
  save(1, 'A note.');
  save(2, 'A note.');
  commit();
  rmSync(join(schemas, 'notes', 'Noted.v2.avsc'));
  await expect(findings()).resolves.toMatchObject([{ file: 'notes/Noted.v2.avsc', path: 'notes.Noted' }]);
});

test('outside of a repository the versions are compared with each other only', async () => {
  save(1, 'A note.');
  const baseline = await gitBaseline(schemas);
  expect(baseline).toMatchObject({ name: 'each other only: no registry, no commit', versions: new Map() });
});
