import { randomUUID } from 'node:crypto';

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Histogram, Logger, Metrics } from '@millrace/telemetry';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';

import { protect } from './access.ts';
import { auditRefusal } from './audit.ts';
import type { TokenVerifier } from './caller.ts';
import { answerUnreadable } from './client-error.ts';
import { exposeHealth, type HealthCheck, serveHealth } from './health.ts';
import { type HttpProblem, problemBody } from './http-problem.ts';
import { refuseUnknownRoutes } from './method-not-allowed.ts';
import { problemOf } from './problem-of.ts';
import { beginRequest } from './request-context.ts';
import { validatorCompiler } from './validation.ts';

/** Fastify with TypeBox types: a route's schemas type its handler. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What every server has in common. */
export type HealthServerOptions = {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What `/readyz` asks. */
  readonly health: readonly HealthCheck[];
};

/** What an API adds. */
export type HttpServerOptions = HealthServerOptions & {
  /** Verifies tokens; `none` is for servers that hand tokens on or have only public routes. */
  readonly auth: TokenVerifier | 'none';
  /** Largest request body; more is answered 413. Default 262,144. */
  readonly bodyLimitBytes?: number;
};

const DEFAULT_BODY_LIMIT_BYTES = 262_144;
const LONGEST_PATH_PARAMETER = 1_024;
/** For a request to arrive completely: who sends a byte now and then shall not hold a connection. */
const REQUEST_ARRIVAL_MS = 30_000;

/**
 * A server that answers every failure with `application/problem+json`, tells all validation problems at once, carries
 * correlation and trace, logs, measures, and serves `/livez`, `/readyz` and `/metrics`. Routes are added to it.
 */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  // Fastify's own lines ("Server listening at …") would be a second voice; requests write with the logger itself.
  const loggerInstance: FastifyBaseLogger = options.logger.child({}, { level: 'error' });
  const server: HttpServer = fastify({
    loggerInstance,
    childLoggerFactory: () => options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    bodyLimit: options.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_ARRIVAL_MS,
    // Requests that are on their way when the server stops are answered, not refused.
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER },
    clientErrorHandler: answerUnreadable,
    // A URL that no router can read: hooks have not run, and what they would throw does not matter.
    frameworkErrors: (error, request: FastifyRequest, reply: FastifyReply) =>
      void beginRequest(request, reply)
        .catch(() => undefined)
        .then(() => answer(request, reply, problemOf(error))),
  });
  parseBodies(server);
  server.setValidatorCompiler(validatorCompiler);
  server.setErrorHandler((error, request, reply) => answer(request, reply, problemOf(error)));
  server.decorateRequest('correlationId', '');
  server.decorateRequest('caller', undefined);
  server.addHook('onRequest', beginRequest);
  hangUpWhenClosing(server);
  refuseUnknownRoutes(server);
  if (options.auth !== 'none') protect(server, options.auth);
  observe(server, options.metrics);
  serveHealth(server, options.health);
  exposeHealth(options.metrics, options.health);
  serveMetrics(server, options.metrics);
  return server;
}

/** Server of a process without an API: `/livez`, `/readyz`, `/metrics`. */
export function createHealthServer(options: HealthServerOptions): HttpServer {
  return createHttpServer({ ...options, auth: 'none' });
}

function answer(request: FastifyRequest, reply: FastifyReply, problem: HttpProblem): FastifyReply {
  const { correlationId, trace, id: requestId } = request;
  // A 5xx without a cause is a known state (not ready, version not reached), not a failure of this process.
  if (problem.status >= 500 && problem.cause)
    request.log.error({ ...request.logFacts, err: problem.cause, code: problem.code }, 'request failed');
  auditRefusal(request, problem);
  return reply
    .code(problem.status)
    .headers({ ...problem.parts.headers })
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify(problemBody(problem, { requestId, traceId: trace.traceId, correlationId })));
}

/** Only JSON; an empty body is no body, also where a client announces JSON all the same. */
function parseBodies(server: HttpServer): void {
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parseJson(request, body as string, done);
  });
}

/** Without it, a connection that a client keeps alive would hold up the stop until it is cut off. */
function hangUpWhenClosing(server: HttpServer): void {
  let closing = false;
  server.addHook('preClose', async () => void (closing = true));
  server.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}

/** Measures every request, and logs those that change something or fail; probes and scrapes are not worth a line. */
function observe(server: HttpServer, metrics: Metrics): void {
  const durations: Histogram<'method' | 'route' | 'status'> = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labels: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  server.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'none';
    const { statusCode: status, elapsedTime } = reply;
    durations.observe({ method, route, status }, elapsedTime / 1_000);
    const changesOrFails = status >= 400 || !['GET', 'HEAD', 'OPTIONS'].includes(method);
    const worthALine = changesOrFails && routeOptions.config.access !== 'public';
    request.log[worthALine ? 'info' : 'debug'](
      { ...request.logFacts, method, route, status, durationMs: Math.round(elapsedTime) },
      'request',
    );
  });
}

function serveMetrics(server: HttpServer, metrics: Metrics): void {
  server.get('/metrics', { config: { access: 'public' } }, async (_request, reply) => {
    const { contentType, body } = await metrics.scrape();
    return reply.header('content-type', contentType).send(body);
  });
}
