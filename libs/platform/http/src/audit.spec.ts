import { afterEach, describe, expect, test } from '@jest/globals';
import { createLogger, createMetrics } from '@millrace/telemetry';

import { createHttpServer, HttpProblem, httpProblem, type HttpServer, type TokenVerifier } from './index.ts';

const auth: TokenVerifier = async (token) => {
  if (token === 'forged') throw httpProblem('UNAUTHENTICATED');
  return { tenantId: 'acme', userId: 'mallory', sessionId: 'none', roles: [token] };
};

let server: HttpServer | undefined;
afterEach(() => server?.close());

/** The audit lines that one request leaves. */
async function auditOf(url: string, token: string, level?: string): Promise<unknown[]> {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ service: 'spec', destination, ...(level !== undefined && { level }) });
  server = createHttpServer({ logger, metrics: createMetrics('spec'), health: [], auth });
  const config = { access: ['writer'] };
  server.get('/orders/:id', { config }, async () =>
    Promise.reject(new HttpProblem(404, 'ORDER_NOT_FOUND', { detail: '' })),
  );
  server.get('/rules', { config }, async () => Promise.reject(new HttpProblem(422, 'RULE', { detail: '' })));
  server.get('/early', { config }, async () =>
    Promise.reject(new HttpProblem(404, 'VERSION_NOT_REACHED', { detail: '' })),
  );
  await server.inject({ url, headers: { authorization: `Bearer ${token}` } });
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ audit }) => audit !== undefined);
}

describe('ACC-42 ACC-61 JOB-48 audit lines', () => {
  const who = { tenantId: 'acme', userId: 'mallory' };

  test.each([
    ['a forged token', '/orders/7', 'forged', { audit: 'denied', code: 'UNAUTHENTICATED', route: '/orders/:id' }],
    [
      'a role that may not',
      '/orders/7',
      'reader',
      { audit: 'denied', code: 'FORBIDDEN', route: '/orders/:id', ...who },
    ],
    [
      'a foreign or unknown id',
      '/orders/7',
      'writer',
      { audit: 'not-found', code: 'ORDER_NOT_FOUND', route: '/orders/:id', ...who },
    ],
  ])('%s leaves one', async (_case, url, token, expected) => {
    expect(await auditOf(url, token)).toEqual([
      expect.objectContaining({
        ...expected,
        method: 'GET',
        correlationId: expect.any(String),
        time: expect.any(String),
      }),
    ]);
  });

  test.each(['/rules', '/early', '/nowhere'])('%s leaves none: nobody was kept out', async (url) => {
    expect(await auditOf(url, 'writer')).toEqual([]);
  });

  test('who was denied is written also where the log is at `warn`', async () => {
    expect(await auditOf('/orders/7', 'reader', 'warn')).toHaveLength(1);
  });
});
