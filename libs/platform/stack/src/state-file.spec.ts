import { expect, it } from '@jest/globals';

import { type RecordedStack, stackStatus, writeState } from './state-file.ts';
import { identify, type ProcessIdentity } from './supervisor/processes.ts';
import { useTestHome } from './test-home.fixture.ts';

const place = useTestHome();
const self = identify(process.pid) as ProcessIdentity;
/** The number of a process that runs, but of another that had it before. */
const former = { pid: process.pid, startedAt: 'earlier' };
const env = {
  MILLRACE_URL: 'http://127.0.0.1:4000',
  DATABASE_URL: '',
  KAFKA_BROKERS: '',
  SCHEMA_REGISTRY_URL: '',
  CONNECT_URL: '',
};

const state = (supervisor: ProcessIdentity, service: ProcessIdentity): RecordedStack => ({
  supervisor,
  ports: {},
  env,
  services: [{ name: 'kafka', state: 'ready', url: '127.0.0.1:19092', process: service }],
});

it('shows what runs', () => {
  writeState(place.home, state(self, self));
  expect(stackStatus(place.home)).toEqual({
    ready: true,
    services: [{ name: 'kafka', state: 'ready', pid: process.pid, url: '127.0.0.1:19092' }],
    env,
  });
});

it('believes the process table rather than the file: a service that is gone is not ready', () => {
  writeState(place.home, state(self, former));
  expect(stackStatus(place.home)).toMatchObject({ ready: false, services: [{ state: 'backoff', pid: null }] });
});

it('shows nothing when the supervisor is gone, even if its number is in use again', () => {
  writeState(place.home, state(former, self));
  expect(stackStatus(place.home)).toBeUndefined();
});

it('shows nothing where no stack was ever started', () => {
  expect(stackStatus(place.home)).toBeUndefined();
});
