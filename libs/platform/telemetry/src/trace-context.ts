import { randomBytes } from 'node:crypto';

/** Where a piece of work stands in a distributed trace (W3C Trace Context, version 00). */
export type TraceContext = {
  /** 32 hex digits, the same in the whole trace. */
  readonly traceId: string;
  /** 16 hex digits, this piece of work. */
  readonly spanId: string;
  /** `00-<traceId>-<spanId>-<flags>`: what is stored with events and sent to others. */
  readonly traceparent: string;
};

const SAMPLED = '01';

/**
 * A new span in the trace of the caller. Without a header, or with an invalid one, it starts a new trace: a broken
 * header must not break the request.
 * @param traceparent header as received
 */
export function continueTrace(traceparent?: string): TraceContext {
  const parent = parse(traceparent);
  // Asked for once: the call costs more than the bytes.
  const fresh = randomBytes(24).toString('hex');
  const traceId = parent?.traceId ?? fresh.slice(16);
  const spanId = fresh.slice(0, 16);
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${parent?.flags ?? SAMPLED}` };
}

// version "-" trace-id "-" parent-id "-" flags; a later version may have more fields after the flags; ff is forbidden.
const HEADER = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;

function parse(traceparent?: string): { traceId: string; flags: string } | undefined {
  const [, version, traceId, flags, more] = HEADER.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || flags === undefined) return undefined;
  if (version === '00' && more !== undefined) return undefined;
  return { traceId, flags };
}
