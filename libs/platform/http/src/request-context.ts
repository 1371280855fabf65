import { randomUUID } from 'node:crypto';

import { continueTrace, type TraceContext } from '@millrace/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Caller } from './caller.ts';
import { headerProblem } from './http-problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** One business process: `X-Correlation-ID` of the client, or a new id. Echoed in the answer. */
    correlationId: string;
    /** Span of this request in the trace of the client. */
    trace: TraceContext;
    /** Set once the token is verified; routes read it through `callerOf`. */
    caller: Caller | undefined;
    /** What each log line about this request says. Most requests write one, or none: no logger is made for them. */
    logFacts: Readonly<Record<string, string>>;
  }
}

// Visible ASCII: it goes into headers, log lines and Kafka records as it is.
const TRACKING_ID = /^[\x21-\x7e]{1,128}$/;
const TRACKING_ID_RULE = 'must be 1 to 128 visible ASCII characters';

/** First hook of every request: correlation, trace, and what its log lines say of both. */
export async function beginRequest(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const given = request.headers['x-correlation-id'];
  const valid = isTrackingId(given);
  const correlationId = valid ? given : randomUUID();
  const { traceId, spanId, traceparent } = (request.trace = continueTrace(firstOf(request.headers['traceparent'])));
  request.correlationId = correlationId;
  request.logFacts = { requestId: request.id, correlationId, traceId, spanId };
  reply.headers({ 'x-correlation-id': correlationId, traceparent, 'cache-control': 'no-store' });
  if (given !== undefined && !valid) throw headerProblem('X-Correlation-ID', TRACKING_ID_RULE);
}

/**
 * Id of what caused a command: `X-Causation-ID`, where another service sends it because of an event.
 * @throws HttpProblem 400 when it is malformed
 */
export function causationIdOf(request: FastifyRequest): string | undefined {
  const given = request.headers['x-causation-id'];
  if (given === undefined || isTrackingId(given)) return given;
  throw headerProblem('X-Causation-ID', TRACKING_ID_RULE);
}

function isTrackingId(given: string | string[] | undefined): given is string {
  return typeof given === 'string' && TRACKING_ID.test(given);
}

function firstOf(given: string | string[] | undefined): string | undefined {
  return Array.isArray(given) ? given[0] : given;
}
