import { describe, expect, test } from '@jest/globals';
import { MillraceError } from '@millrace/core';

import { readFailure } from './read-failure.ts';

describe('SHR-27 what a failed read is called', () => {
  test.each([
    ['Postgres is gone', new MillraceError('STORE_UNAVAILABLE', 'gone'), 'READ_MODEL_UNAVAILABLE'],
    ['a table is missing', { code: '42P01', message: 'no such table' }, 'READ_MODEL_UNAVAILABLE'],
    [
      'a table is closed',
      { code: '42501', message: 'permission denied for table order_read_model' },
      'READ_MODEL_UNAVAILABLE',
    ],
    ['the events are closed', { code: '42501', message: 'permission denied for table events' }, 'HISTORY_UNAVAILABLE'],
    ['a replica cancelled a statement', { code: '40001', message: 'conflict with recovery' }, 'READ_MODEL_UNAVAILABLE'],
  ])('%s', (_case, error, code) => {
    expect(readFailure(error)).toMatchObject({ status: 503, code, parts: { headers: { 'retry-after': '1' } } });
  });

  test('anything else passes', () => {
    const error = new TypeError('a bug');
    expect(readFailure(error)).toBe(error);
  });
});
