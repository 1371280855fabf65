import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';
import { MillraceError } from '@millrace/core';

import { HttpProblem, httpProblem, httpProblems, problemOf } from './index.ts';

describe('problems', () => {
  test('SHR-26 each platform error that a client can meet has a status and a code of its own', () => {
    const status = (code: ConstructorParameters<typeof MillraceError>[0]) =>
      problemOf(new MillraceError(code, 'why')).status;
    expect(status('VERSION_CONFLICT')).toBe(409);
    expect(status('IDEMPOTENCY_KEY_REUSED')).toBe(422);
    expect(status('STORE_UNAVAILABLE')).toBe(503);
    expect(problemOf(new MillraceError('VERSION_CONFLICT', 'why'))).toMatchObject({
      code: 'VERSION_CONFLICT',
      message: 'why',
    });
  });

  test('an outage is announced with Retry-After and without names of hosts', () => {
    const problem = problemOf(new MillraceError('STORE_UNAVAILABLE', 'connect ECONNREFUSED 10.0.0.1:5432'));
    expect(problem.parts.headers).toEqual({ 'retry-after': '1' });
    expect(problem.message).not.toContain('10.0.0.1');
  });

  test.each([new Error('secret'), new MillraceError('CORRUPT_STREAM', 'secret'), undefined, 'secret'])(
    'what the client cannot have caused (%p) is a 500 that tells nothing',
    (error) => {
      const problem = problemOf(error);
      expect(problem).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
      expect(problem.message).not.toContain('secret');
    },
  );

  test('a problem passes unchanged and can be given further members', () => {
    const problem = httpProblem('FORBIDDEN', { detail: 'no' });
    expect(problemOf(problem)).toBe(problem);
    const more = problem.with({ acknowledgment: 'rejected' });
    expect(more).toBeInstanceOf(HttpProblem);
    expect(more).toMatchObject({ status: 403, code: 'FORBIDDEN', message: 'no' });
    expect(more.parts.extensions).toEqual({ acknowledgment: 'rejected' });
  });

  test('the README lists every code with its status, and no other', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const listed = [...readme.matchAll(/^\| `([A-Z_]+)` +\| (\d{3}) +\|/gm)].map(
      ([, code, status]) => `${code} ${status}`,
    );
    expect(listed.sort()).toEqual(
      Object.entries(httpProblems)
        .map(([code, { status }]) => `${code} ${status}`)
        .sort(),
    );
  });
});
