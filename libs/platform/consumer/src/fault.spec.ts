import { describe, expect, test } from '@jest/globals';
import { MillraceError } from '@millrace/core';

import { remedyFor } from './fault.ts';

describe('remedy for an error', () => {
  test.each([
    [new MillraceError('STORE_UNAVAILABLE', ''), 'again'],
    [new MillraceError('REGISTRY_UNAVAILABLE', ''), 'again'],
    [new MillraceError('POSITION_FENCED', ''), 'again'],
    [new MillraceError('SCHEMA_NOT_REGISTERED', ''), 'stop'],
    [Object.assign(new Error('deadlock'), { code: '40P01' }), 'again'],
    [Object.assign(new Error('statement timeout'), { code: '57014' }), 'again'],
    [Object.assign(new Error('check constraint'), { code: '23514' }), 'split'],
    [Object.assign(new Error('no such text in jsonb'), { code: '22P05' }), 'split'],
    [Object.assign(new Error('permission denied'), { code: '42501' }), 'stop'],
    [new TypeError('a bug'), 'stop'],
  ])('T-39 %s: %s', (error, remedy) => {
    expect(remedyFor(error)).toBe(remedy);
  });
});
