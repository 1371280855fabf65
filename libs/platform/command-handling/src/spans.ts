/** Spans through the API of OpenTelemetry alone: they cost next to nothing until the operator preloads an SDK. */
import { isMillraceError } from '@millrace/core';
import { type Attributes, context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('@millrace/command-handling');

/** Runs work in a span below the active one. Whatever it throws is recorded by its code, and thrown on. */
export function inSpan<Result>(
  name: string,
  attributes: Attributes,
  work: (span: Span) => Result | Promise<Result>,
): Promise<Result> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      // Messages and stacks may name ids or hold data; the log has them, under the same trace id.
      const code = codeOf(error);
      span.recordException({ code });
      span.setStatus({ code: SpanStatusCode.ERROR, message: code });
      throw error;
    } finally {
      span.end();
    }
  });
}

/**
 * Runs work so that its spans continue the trace of whoever sent it.
 * @param traceparent W3C, version 00; one that is invalid starts a new trace
 */
export function inTraceOf<Result>(traceparent: string, work: () => Result): Result {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  const sender = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return context.with(trace.setSpanContext(context.active(), sender), work);
}

function codeOf(error: unknown): string {
  if (isMillraceError(error)) return error.code;
  return error instanceof Error ? error.name : 'Error';
}
