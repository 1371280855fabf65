import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, test } from '@jest/globals';
import { createHealthServer, type HttpServer } from '@millrace/http';
import { createLogger, createMetrics } from '@millrace/telemetry';

import { createGateway } from './gateway.ts';

const running: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of running.splice(0).reverse()) await server.close();
});

const logger = createLogger({ service: 'spec', level: 'fatal' });

async function upstream(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  running.push({ close: () => new Promise((closed) => void (server.close(closed), server.closeAllConnections())) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** An upstream that tells what it received. */
const echo = (name: string): RequestListener => {
  return (request, response) => {
    void bodyOf(request).then((body) => {
      response.writeHead(201, {
        'content-type': 'application/json',
        etag: '"7"',
        'x-correlation-id': request.headers['x-correlation-id'],
      });
      response.end(JSON.stringify({ name, method: request.method, url: request.url, headers: request.headers, body }));
    });
  };
};

async function gatewayTo(urls: { command?: string; query?: string }, answerTimeoutMs = 5_000): Promise<HttpServer> {
  const nobody = 'http://127.0.0.1:1';
  const gateway = createGateway({
    commandApiUrl: urls.command ?? nobody,
    queryApiUrl: urls.query ?? nobody,
    bodyLimitBytes: 1_024,
    answerTimeoutMs,
    logger,
    metrics: createMetrics('spec'),
  });
  running.push(gateway);
  return gateway;
}

type Echo = { name: string; method: string; url: string; headers: Record<string, string>; body: string };

describe('gateway', () => {
  test('changes go to command-api, reads to query-api, with path, query, headers and body untouched', async () => {
    const gateway = await gatewayTo({ command: await upstream(echo('command')), query: await upstream(echo('query')) });
    const headers = {
      authorization: 'Bearer t',
      'content-type': 'application/json',
      'idempotency-key': 'k',
      'x-correlation-id': 'c-1',
    };
    const posted = await gateway.inject({
      method: 'POST',
      url: '/v1/orders/o-1/confirm',
      headers,
      payload: '{ "a": 1 }',
    });
    expect([posted.statusCode, posted.headers.etag, posted.headers['x-correlation-id']]).toEqual([201, '"7"', 'c-1']);
    expect(posted.json<Echo>()).toMatchObject({
      name: 'command',
      method: 'POST',
      url: '/v1/orders/o-1/confirm',
      body: '{ "a": 1 }',
      headers,
    });
    const read = await gateway.inject({ url: '/v1/orders?status=active&limit=2' });
    expect(read.json<Echo>()).toMatchObject({ name: 'query', method: 'GET', url: '/v1/orders?status=active&limit=2' });
    expect((await gateway.inject({ method: 'HEAD', url: '/v1/orders' })).statusCode).toBe(201);
  });

  test('correlation and trace begin here when the client has none', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const gateway = await gatewayTo({ query: await upstream(echo('query')) });
    const fresh = (await gateway.inject({ url: '/v1/orders' })).json<Echo>();
    expect(fresh.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
    const continued = await gateway.inject({
      url: '/v1/orders',
      headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    expect(continued.json<Echo>().headers['traceparent']).toMatch(new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)`));
  });

  test('other methods are 405, other paths 404', async () => {
    const gateway = await gatewayTo({});
    const put = await gateway.inject({ method: 'PUT', url: '/v1/orders/o-1', payload: {} });
    expect([put.statusCode, put.headers.allow, put.json<{ code: string }>().code]).toEqual([
      405,
      'GET, HEAD, POST',
      'METHOD_NOT_ALLOWED',
    ]);
    expect((await gateway.inject({ url: '/v2/orders' })).statusCode).toBe(404);
    expect((await gateway.inject({ url: '/v1/../metrics' })).statusCode).not.toBe(201);
  });

  test('a body that is too large does not reach the upstream', async () => {
    let reached = 0;
    const gateway = await gatewayTo({
      command: await upstream((_request, response) => void ((reached += 1), response.end())),
    });
    const response = await gateway.inject({
      method: 'POST',
      url: '/v1/orders',
      payload: 'x'.repeat(2_000),
      headers: { 'content-type': 'text/plain' },
    });
    expect([response.statusCode, response.json<{ code: string }>().code, reached]).toEqual([413, 'BODY_TOO_LARGE', 0]);
  });

  test('an upstream that is down is 503, one that breaks off 502, one that hangs 504, none is tried twice', async () => {
    let calls = 0;
    const breaking = await upstream((request) => void ((calls += 1), request.socket.destroy()));
    const hanging = await upstream(() => void (calls += 1));
    const answers = async (command?: string) => {
      const gateway = await gatewayTo({ ...(command && { command }) }, 300);
      const response = await gateway.inject({
        method: 'POST',
        url: '/v1/orders',
        payload: '{}',
        headers: { 'content-type': 'application/json' },
      });
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      return [response.statusCode, response.json<{ code: string }>().code, response.headers['retry-after']];
    };
    expect(await answers()).toEqual([503, 'UPSTREAM_UNAVAILABLE', '1']);
    expect(await answers(breaking)).toEqual([502, 'UPSTREAM_FAILED', '1']);
    expect(await answers(hanging)).toEqual([504, 'UPSTREAM_TIMEOUT', '1']);
    expect(calls).toBe(2);
  });

  test('a 503 of an upstream passes as it is, once', async () => {
    let calls = 0;
    const query = await upstream((_request, response) => {
      calls += 1;
      response
        .writeHead(503, { 'retry-after': '7', 'content-type': 'application/problem+json' })
        .end('{"code":"READ_MODEL_UNAVAILABLE"}');
    });
    const response = await (await gatewayTo({ query })).inject({ url: '/v1/orders' });
    expect([response.statusCode, response.headers['retry-after'], response.body]).toEqual([
      503,
      '7',
      '{"code":"READ_MODEL_UNAVAILABLE"}',
    ]);
    expect(calls).toBe(1);
  });

  test('ready when both upstreams are', async () => {
    const ready = createHealthServer({ logger, metrics: createMetrics('up'), health: [] });
    running.push(ready);
    const url = await ready.listen({ port: 0, host: '127.0.0.1' });
    expect((await (await gatewayTo({ command: url, query: url })).inject({ url: '/readyz' })).statusCode).toBe(200);
    const half = await (await gatewayTo({ command: url })).inject({ url: '/readyz' });
    expect(half.json()).toMatchObject({ code: 'NOT_READY', detail: 'Not ready: query-api.' });
  });
});
