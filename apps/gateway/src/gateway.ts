/** The one address of Millrace: changes go to command-api, reads to query-api. Tokens are checked there, not here. */
import { Readable } from 'node:stream';

import proxy from '@fastify/http-proxy';
import { createHttpServer, type HealthCheck, type HttpServer, type ServiceDefinition } from '@millrace/http';
import type { Logger, Metrics } from '@millrace/telemetry';

import { upstreamProblem } from './upstream-problem.ts';

const variables = ['COMMAND_API_URL', 'QUERY_API_URL', 'BODY_LIMIT_BYTES', 'MAX_WAIT_MS'] as const;

export const gateway: ServiceDefinition<(typeof variables)[number]> = {
  name: 'gateway',
  variables,
  create: ({ config, logger, metrics }) => {
    const server = createGateway({
      commandApiUrl: config.COMMAND_API_URL,
      queryApiUrl: config.QUERY_API_URL,
      bodyLimitBytes: config.BODY_LIMIT_BYTES,
      // A read may wait for a version; its answer must win over ours.
      answerTimeoutMs: config.MAX_WAIT_MS + 30_000,
      logger,
      metrics,
    });
    return { server, close: async () => undefined };
  },
};

export type GatewayOptions = {
  readonly commandApiUrl: string;
  readonly queryApiUrl: string;
  readonly bodyLimitBytes: number;
  /** How long an upstream may take to begin its answer. */
  readonly answerTimeoutMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
};

const CONNECT_TIMEOUT_MS = 2_000;
const CONNECTIONS_PER_UPSTREAM = 256;

export function createGateway(options: GatewayOptions): HttpServer {
  const { commandApiUrl, queryApiUrl, logger, metrics } = options;
  const health = [ready('command-api', commandApiUrl), ready('query-api', queryApiUrl)];
  const server = createHttpServer({ logger, metrics, health, auth: 'none', bodyLimitBytes: options.bodyLimitBytes });
  takeBodiesWhole(server);
  forward(server, { ...options, upstream: commandApiUrl, methods: ['POST'] });
  forward(server, { ...options, upstream: queryApiUrl, methods: ['GET', 'HEAD'] });
  return server;
}

/**
 * A body is received before it is sent on, so that its limit holds here and a failing upstream can be answered for: were
 * the request itself piped, its failure would take the client's connection along. Whether it is JSON is not judged here.
 */
function takeBodiesWhole(server: HttpServer): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, Readable.from([body])));
}

function forward(server: HttpServer, options: GatewayOptions & { upstream: string; methods: string[] }): void {
  void server.register(proxy, {
    upstream: options.upstream,
    prefix: '/v1',
    rewritePrefix: '/v1',
    httpMethods: options.methods,
    disableRequestLogging: true,
    proxyPayloads: false,
    undici: {
      connections: CONNECTIONS_PER_UPSTREAM,
      pipelining: 1,
      headersTimeout: options.answerTimeoutMs,
      bodyTimeout: options.answerTimeoutMs,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    },
    replyOptions: {
      // The client decides whether to try again; only it knows whether its command carries an idempotency key.
      retryDelay: () => null,
      onError: (reply, { error }) => void reply.send(upstreamProblem(error)),
      rewriteRequestHeaders: ({ correlationId, trace }, headers) => ({
        ...headers,
        'x-correlation-id': correlationId,
        traceparent: trace.traceparent,
      }),
    },
  });
}

function ready(name: string, url: string): HealthCheck {
  return {
    name,
    check: async () => {
      const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`answers ${response.status}`);
    },
  };
}
