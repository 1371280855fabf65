import { createHash } from 'node:crypto';

import { headerProblem } from './http-problem.ts';

const LONGEST = 255;

/**
 * Value of `Idempotency-Key`: bare (`5f8c…`) or a structured-field string (`"5f8c…"`); both forms name the same key.
 * @returns undefined without the header
 * @throws HttpProblem 400 when it is empty, longer than 255, or holds anything but visible ASCII
 */
export function parseIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = typeof header === 'string' ? unquote(header.trim()) : undefined;
  if (key === undefined || key.length > LONGEST) {
    throw headerProblem(
      'Idempotency-Key',
      `must be 1 to ${LONGEST} visible ASCII characters, bare or in double quotes`,
    );
  }
  return key;
}

// RFC 8941: in quotes, printable ASCII with \" and \\ escaped. Bare: no quote, no blank, so that a doubled header fails.
function unquote(text: string): string | undefined {
  const [, quoted] = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/.exec(text) ?? [];
  if (quoted !== undefined) return quoted.replace(/\\(["\\])/g, '$1');
  return /^[\x21\x23-\x7e]+$/.test(text) ? text : undefined;
}

/**
 * Fingerprint of a request: the same key with another one is refused. Order of fields and white space in the body do not
 * count; everything else does.
 */
export function requestHash(request: { method: string; path: string; body: unknown }): string {
  const canonical = JSON.stringify([request.method, request.path, sorted(request.body)]);
  return createHash('sha256').update(canonical).digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}
