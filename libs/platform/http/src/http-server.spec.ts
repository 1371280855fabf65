import { once } from 'node:events';
import { connect } from 'node:net';

import { Type } from '@fastify/type-provider-typebox';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MillraceError } from '@millrace/core';
import { createLogger, createMetrics } from '@millrace/telemetry';

import { createHttpServer, type HealthCheck, httpProblem, type HttpServer } from './index.ts';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

function serverWith(options: { health?: HealthCheck[]; lines?: string[] } = {}): HttpServer {
  const destination = { write: (line: string) => void options.lines?.push(line) };
  const server = createHttpServer({
    logger: createLogger({ service: 'spec', destination }),
    metrics: createMetrics('spec'),
    health: options.health ?? [],
    auth: 'none',
    bodyLimitBytes: 1_024,
  });
  const body = Type.Object(
    {
      name: Type.String({ minLength: 1 }),
      until: Type.Optional(Type.Union([Type.String({ format: 'date' }), Type.Null()])),
      lines: Type.Array(Type.Object({ quantity: Type.Integer() }, { additionalProperties: false })),
    },
    { additionalProperties: false },
  );
  server.post('/things', { schema: { body } }, async ({ body: { name } }) => ({ name }));
  const querystring = Type.Object(
    { limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }) },
    { additionalProperties: false },
  );
  server.get('/things', { schema: { querystring } }, async ({ query: { limit } }) => ({ limit }));
  server.get('/things/:id', async () => ({}));
  server.get('/broken', async () => Promise.reject(new Error('a secret of the house')));
  server.get('/store-down', async () => Promise.reject(new MillraceError('STORE_UNAVAILABLE', 'connect ECONNREFUSED')));
  server.get('/teapot', async () => Promise.reject(httpProblem('PROJECTION_HALTED', { extensions: { version: 3 } })));
  open.push(server);
  return server;
}

describe('problem+json', () => {
  test.each([
    ['POST', '/things', '{"name":', 400, 'BODY_MALFORMED'],
    ['POST', '/things', '', 400, 'VALIDATION_FAILED'],
    ['POST', '/things', '{"__proto__":{"a":1}}', 400, 'BODY_MALFORMED'],
    ['POST', '/things', '{}', 400, 'VALIDATION_FAILED'],
    ['POST', '/things', `{"name":"${'x'.repeat(2_000)}"}`, 413, 'BODY_TOO_LARGE'],
    ['GET', '/nowhere', undefined, 404, 'ROUTE_NOT_FOUND'],
    ['GET', '/things/%E0%A4%A', undefined, 400, 'URL_MALFORMED'],
    ['GET', `/things/${'x'.repeat(2_000)}`, undefined, 414, 'URL_TOO_LONG'],
    ['DELETE', '/things', undefined, 405, 'METHOD_NOT_ALLOWED'],
    ['POST', '/things/7', '{}', 405, 'METHOD_NOT_ALLOWED'],
    ['GET', '/broken', undefined, 500, 'INTERNAL_ERROR'],
    ['GET', '/store-down', undefined, 503, 'STORE_UNAVAILABLE'],
    ['GET', '/teapot', undefined, 503, 'PROJECTION_HALTED'],
  ] as const)('SHR-26 %s %s %s → %i %s', async (method, url, payload, status, code) => {
    const headers = payload === undefined ? {} : { 'content-type': 'application/json' };
    const response = await serverWith().inject({ method, url, headers, ...(payload !== undefined && { payload }) });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.json()).toMatchObject({
      type: `urn:millrace:problem:${code.toLowerCase().replaceAll('_', '-')}`,
      title: expect.stringMatching(/^[A-Z][a-z ]+$/),
      status,
      code,
      detail: expect.stringMatching(/\w/),
      instance: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      correlationId: response.headers['x-correlation-id'],
    });
    expect(response.body).not.toMatch(/secret|ECONNREFUSED/);
    expect(response.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
  });

  test('a body that is not JSON by its content type is answered 415', async () => {
    const send = (type: string) =>
      serverWith().inject({ method: 'POST', url: '/things', headers: { 'content-type': type }, payload: 'x' });
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
      const response = await send(type);
      expect([type, response.statusCode, response.json<{ code: string }>().code]).toEqual([
        type,
        415,
        'MEDIA_TYPE_UNSUPPORTED',
      ]);
    }
  });

  test('405 lists what is allowed', async () => {
    const response = await serverWith().inject({ method: 'PUT', url: '/things?x=1' });
    expect(response.headers.allow).toBe('GET, HEAD, POST');
  });

  test('SHR-25 everything wrong with a body is told at once, by JSON Pointer; nothing is coerced or dropped', async () => {
    const payload = { name: '', lines: [{ quantity: '3' }, { quantity: 1, 'a/b~c': 1 }, {}], extra: true };
    const response = await serverWith().inject({ method: 'POST', url: '/things', payload });
    const { errors } = response.json<{ errors: { pointer: string; detail: string }[] }>();
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/extra',
      '/lines/0/quantity',
      '/lines/1/a~1b~0c',
      '/lines/2/quantity',
      '/name',
    ]);
    expect(errors).toContainEqual({ pointer: '/extra', detail: 'is not a known field' });
    expect(errors).toContainEqual({ pointer: '/lines/2/quantity', detail: 'is required' });
  });

  test('SHR-25 of a field that may be null only what is wrong with it is told', async () => {
    const payload = { name: 'x', lines: [], until: '2026-02-31' };
    const response = await serverWith().inject({ method: 'POST', url: '/things', payload });
    expect(response.json()).toMatchObject({
      detail: '1 problem in the body.',
      errors: [{ pointer: '/until', detail: 'must match format "date"' }],
    });
  });

  test('many problems are counted, and a hundred of them listed', async () => {
    const lines = Array.from({ length: 150 }, () => ({}));
    const response = await serverWith().inject({ method: 'POST', url: '/things', payload: { name: 'x', lines } });
    const { errors, detail } = response.json<{ errors: unknown[]; detail: string }>();
    expect(errors).toHaveLength(100);
    expect(detail).toContain('150 problems');
  });

  test('T-70 query parameters are numbers where asked for, have defaults, and unknown ones are refused', async () => {
    const get = async (url: string) =>
      (await serverWith().inject({ method: 'GET', url })).json<Record<string, unknown>>();
    expect(await get('/things?limit=7')).toEqual({ limit: 7 });
    expect(await get('/things')).toEqual({ limit: 50 });
    expect(await get('/things?limit=201')).toMatchObject({
      status: 400,
      errors: [{ parameter: 'limit', detail: 'must be <= 200' }],
    });
    expect(await get('/things?limit=x&limt=1')).toMatchObject({
      errors: [{ parameter: 'limt' }, { parameter: 'limit' }],
    });
  });

  test('bytes that are no HTTP get a problem too', async () => {
    const server = serverWith();
    await server.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((server.server.address() as { port: number }).port, '127.0.0.1');
    socket.write('NONSENSE\r\n\r\n');
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(bytes.toString()).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json[^]*"code":"REQUEST_REFUSED"/,
    );
  });
});

describe('correlation and trace', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

  test('a given correlation id is echoed, an absent one made', async () => {
    const server = serverWith();
    const given = await server.inject({ url: '/things', headers: { 'x-correlation-id': 'order-7' } });
    expect(given.headers['x-correlation-id']).toBe('order-7');
    const made = await server.inject({ url: '/things' });
    expect(made.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test.each(['with blank', 'x'.repeat(129), 'ü'])('correlation id %p is refused', async (id) => {
    const response = await serverWith().inject({ url: '/things', headers: { 'x-correlation-id': id } });
    expect(response.json()).toMatchObject({
      status: 400,
      code: 'HEADER_INVALID',
      errors: [{ header: 'X-Correlation-ID' }],
    });
  });

  test('the answer continues the trace of the request', async () => {
    const response = await serverWith().inject({
      url: '/nowhere',
      headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
    });
    expect(response.headers['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    expect(response.json()).toMatchObject({ traceId: TRACE });
  });
});

describe('log and metrics', () => {
  test('changes and failures are logged with correlation, trace and duration; reads are not', async () => {
    const lines: string[] = [];
    const down = { name: 'kafka', check: async () => Promise.reject(new Error('no broker')) };
    const server = serverWith({ lines, health: [down] });
    await server.inject({ url: '/readyz' });
    await server.inject({ url: '/things', headers: { authorization: 'Bearer s3cret' } });
    await server.inject({
      method: 'POST',
      url: '/things',
      payload: { name: 'x', lines: [] },
      headers: { 'x-correlation-id': 'c-1' },
    });
    await server.inject({ url: '/broken' });
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed.map(({ level, msg, route, status }) => [level, msg, route, status])).toEqual([
      ['info', 'request', '/things', 200],
      ['error', 'request failed', undefined, undefined],
      ['info', 'request', '/broken', 500],
    ]);
    expect(parsed[0]).toMatchObject({
      correlationId: 'c-1',
      durationMs: expect.any(Number),
      traceId: expect.any(String),
    });
    expect(lines.join()).not.toContain('s3cret');
    expect(lines[1]).toContain('a secret of the house');
  });

  test('SHR-45 requests are counted by route pattern, never by id', async () => {
    const server = serverWith();
    await server.inject({ url: '/things/4711' });
    const { body, headers } = await server.inject({ url: '/metrics' });
    expect(headers['content-type']).toMatch(/^text\/plain; version=/);
    expect(body).toContain('http_request_duration_seconds_count{method="GET",route="/things/:id",status="200"} 1');
    expect(body).not.toContain('4711');
  });
});

describe('health', () => {
  const up: HealthCheck = { name: 'postgres', check: async () => undefined };
  const down: HealthCheck = { name: 'kafka', check: async () => Promise.reject(new Error('no broker')) };

  test('livez asks nobody', async () => {
    expect((await serverWith({ health: [down] }).inject({ url: '/livez' })).statusCode).toBe(200);
  });

  test('readyz is 200 when all is well, and lists the checks when asked', async () => {
    const server = serverWith({ health: [up] });
    expect((await server.inject({ url: '/readyz' })).json()).toEqual({ status: 'ready' });
    const verbose = (await server.inject({ url: '/readyz?verbose' })).json<{ checks: unknown[] }>();
    expect(verbose.checks).toEqual([{ name: 'postgres', ok: true, durationMs: expect.any(Number) }]);
  });

  test('readyz is 503 and names what is down', async () => {
    const response = await serverWith({ health: [up, down] }).inject({ url: '/readyz' });
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({
      code: 'NOT_READY',
      detail: 'Not ready: kafka.',
      checks: [{ name: 'kafka', ok: false, detail: 'no broker' }],
    });
  });

  test('ORD-69 the metrics tell which check fails', async () => {
    const { body } = await serverWith({ health: [up, down] }).inject({ url: '/metrics' });
    expect(body).toContain('millrace_health_check{check="postgres"} 1');
    expect(body).toContain('millrace_health_check{check="kafka"} 0');
  });

  test('a check that hangs is given up', async () => {
    const hung: HealthCheck = { name: 'postgres', check: () => new Promise(() => undefined) };
    const response = await serverWith({ health: [hung] }).inject({ url: '/readyz' });
    expect(response.json()).toMatchObject({ checks: [{ detail: 'no answer in 2000 ms' }] });
  });
});
