import { describe, expect, test } from '@jest/globals';

import { createLogger } from './index.ts';

function linesOf(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger({ service: 'spec', destination: { write: (line: string) => void lines.push(line) } }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('logger', () => {
  test('a line has the service, an ISO time, the level as a word and the bindings of the child', () => {
    const [line] = linesOf((logger) => logger.child({ correlationId: 'c-1', tenantId: 'acme' }).info('done'));
    expect(line).toMatchObject({ service: 'spec', level: 'info', correlationId: 'c-1', tenantId: 'acme', msg: 'done' });
    expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  test('a token is never written', () => {
    const lines = linesOf((logger) => {
      logger.info({ authorization: 'Bearer s3cret' }, 'flat');
      logger.info({ req: { headers: { authorization: 'Bearer s3cret' } } }, 'nested');
    });
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toContain('s3cret');
  });

  test('lines below the level are not written', () => {
    expect(linesOf((logger) => logger.debug('quiet'))).toEqual([]);
  });
});
