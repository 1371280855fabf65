import { existsSync, readdirSync, writeFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import { AlreadyRunning, lockHome } from './lock.ts';
import { useTestHome } from './test-home.fixture.ts';

const place = useTestHome();

it('lets one supervisor in at a time', () => {
  const unlock = lockHome(place.home);
  expect(() => lockHome(place.home)).toThrow(AlreadyRunning);
  unlock();
  lockHome(place.home)();
  expect(existsSync(place.home.lockFile)).toBe(false);
});

it('takes over from a supervisor that was killed', () => {
  writeFileSync(place.home.lockFile, JSON.stringify({ pid: process.pid, startedAt: 'earlier' }));
  expect(() => lockHome(place.home)).not.toThrow();
});

it('takes over from one that was killed while it wrote the lock', () => {
  writeFileSync(place.home.lockFile, '');
  expect(() => lockHome(place.home)).not.toThrow();
});

it('leaves nothing behind but the lock', () => {
  const unlock = lockHome(place.home);
  expect(() => lockHome(place.home)).toThrow(AlreadyRunning);
  expect(readdirSync(place.home.root).filter((name) => name.startsWith('supervisor'))).toEqual(['supervisor.lock']);
  unlock();
});
