import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { loadSecrets } from './secrets.ts';
import { useTestHome } from './test-home.fixture.ts';

const place = useTestHome();

it('makes passwords once, each of its own, in a file for the owner alone', () => {
  const secrets = loadSecrets(place.home);
  expect(loadSecrets(place.home)).toEqual(secrets);
  expect(new Set(Object.values(secrets)).size).toBe(7);
  expect(Math.min(...Object.values(secrets).map((password) => password.length))).toBeGreaterThanOrEqual(32);
  expect(statSync(place.home.secretsFile).mode & 0o777).toBe(0o600);
});

it('keeps known passwords when a newer version needs more', () => {
  writeFileSync(place.home.secretsFile, JSON.stringify({ owner: 'kept' }));
  const secrets = loadSecrets(place.home);
  expect(secrets.owner).toBe('kept');
  expect(secrets.backup).toBeTruthy();
});

it('refuses to make new passwords for data that has old ones', () => {
  mkdirSync(join(place.home.postgres, 'data'), { recursive: true });
  expect(() => loadSecrets(place.home)).toThrow('restore it, or delete');
});
