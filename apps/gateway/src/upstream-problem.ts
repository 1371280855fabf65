import { type HttpProblem, httpProblem, RETRY_AFTER } from '@millrace/http';

// Failures before a request could be sent.
const notReached = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What a client is told when an upstream fails: 503 when its request was not sent, 502 or 504 when nobody knows. */
export function upstreamProblem(error: unknown): HttpProblem {
  const codes = codesOf(error);
  if (codes.some((code) => notReached.has(code)))
    return httpProblem('UPSTREAM_UNAVAILABLE', { headers: RETRY_AFTER, cause: error });
  if (codes.includes('UND_ERR_HEADERS_TIMEOUT'))
    return httpProblem('UPSTREAM_TIMEOUT', { headers: RETRY_AFTER, cause: error });
  return httpProblem('UPSTREAM_FAILED', { headers: RETRY_AFTER, cause: error });
}

type Fault = { readonly code?: string; readonly cause?: Fault; readonly errors?: readonly Fault[] };

/** Codes of an error and of everything that caused it. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let at = error as Fault | undefined; at; at = at.cause) {
    if (at.code) codes.push(at.code);
    codes.push(...(at.errors ?? []).flatMap(codesOf));
  }
  return codes;
}
