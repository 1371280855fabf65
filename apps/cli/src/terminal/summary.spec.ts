import { expect, it } from '@jest/globals';

import { colorsFor } from './colors.ts';
import { sampleSession, summary } from './summary.ts';

const colors = colorsFor({ isTTY: false }, {});
const env = {
  MILLRACE_URL: 'http://127.0.0.1:4000',
  DATABASE_URL: 'postgres://millrace:secret@127.0.0.1:15432/millrace',
  KAFKA_BROKERS: '127.0.0.1:19092',
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:18081/apis/ccompat/v7',
  CONNECT_URL: 'http://127.0.0.1:18083',
};
const service = (kind: 'app' | 'infrastructure') => ({
  name: 'x',
  kind,
  state: 'ready' as const,
  url: '',
  elapsedMs: 1,
  restarts: 0,
});

it('shows where everything is, without the password', () => {
  const text = summary({ env, services: [service('app')], logs: '.millrace/logs', homeArgument: '' }, colors);
  expect(text).toContain('API       http://127.0.0.1:4000');
  expect(text).toContain('127.0.0.1:15432/millrace, user millrace');
  expect(text).not.toContain('secret');
});

it('suggests no session where no app runs', () => {
  const text = summary({ env, services: [service('infrastructure')], logs: '', homeArgument: '' }, colors);
  expect(text).not.toContain('Try it');
  expect(text).not.toContain('API');
});

it('suggests commands that mean this stack', () => {
  expect(sampleSession(env.MILLRACE_URL, ' --home other')[0]).toContain('--subject alice --home other)');
});
