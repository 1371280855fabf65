import { inTraceOf } from '@millrace/command-handling';
import { trace } from '@opentelemetry/api';
import type { FastifyReply, FastifyRequest } from 'fastify';

const tracer = trace.getTracer('@millrace/command-api');

/**
 * Hook behind the validation of a request: records the span `receive`, from its arrival until now, beside the `command`
 * that follows. What is refused before leaves none.
 */
export async function recordReceived(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const now = Date.now();
  inTraceOf(request.trace.traceparent, () =>
    tracer.startSpan('receive', { startTime: now - reply.elapsedTime }).end(now),
  );
}
