import { readFileSync } from 'node:fs';

import { type Config, type VariableName, variables } from '@millrace/config';
import { MillraceError } from '@millrace/core';
import { createLocalJWKSet, createRemoteJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';

import { httpProblem } from './http-problem.ts';

/** Who calls, as the token says; nothing of it ever comes from a body or another header. */
export type Caller = {
  readonly tenantId: string;
  readonly userId: string;
  /** `sid` of the token, or `none`. */
  readonly sessionId: string;
  readonly roles: readonly string[];
};

/** Verifies a bearer token. Rejects with HttpProblem: 401 whatever is wrong with it, 503 when the keys are out of reach. */
export type TokenVerifier = (token: string) => Promise<Caller>;

const ALGORITHMS = ['EdDSA', 'ES256', 'RS256'];
const CLOCK_TOLERANCE_SECONDS = 5;
const TOKENS_KNOWN = 10_000;
/** A key that is withdrawn stops working this much later. */
const LONGEST_KNOWN_MS = 30_000;
const TENANT = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const IDENTIFIER = /^[\x20-\x7e]{1,255}$/;

/** What an app that verifies tokens reads from the environment. */
export const authVariables = [
  'NODE_ENV',
  'AUTH_JWKS',
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
] as const satisfies readonly VariableName[];

/**
 * Verifier of signed JWTs: signature by one of the keys, algorithm of the allow-list, `iss`, `aud` and `exp`.
 * `AUTH_JWKS` is the https URL of a JWKS (fetched when needed, cached), or the path of a JWKS file (read now).
 * @throws MillraceError `CONFIG_INVALID` when the file cannot be read, or when production would trust development tokens
 */
export function createTokenVerifier(config: Config<(typeof authVariables)[number]>): TokenVerifier {
  const { AUTH_JWKS: jwks, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = config;
  if (config.NODE_ENV === 'production' && issuer === variables.AUTH_ISSUER.default) {
    throw new MillraceError(
      'CONFIG_INVALID',
      `AUTH_ISSUER: ${issuer} issues development tokens, which production refuses`,
    );
  }
  const keys = /^https:\/\//.test(jwks) ? createRemoteJWKSet(new URL(jwks)) : createLocalJWKSet(readKeys(jwks));
  const claims = {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ['exp', 'sub'],
  };
  // Checking a signature costs more than all the rest of a small request, and a token comes many times.
  const known = new LRUCache<string, Caller>({ max: TOKENS_KNOWN });
  return async (token) => {
    const caller = known.get(token);
    if (caller) return caller;
    const { payload } = await jwtVerify(token, keys, claims).catch((error: unknown) => {
      throw isFaultOfToken(error) ? unauthenticated(error) : httpProblem('TOKEN_KEYS_UNAVAILABLE', { cause: error });
    });
    const verified = callerFrom(payload);
    known.set(token, verified, { ttl: Math.max(1, Math.min(LONGEST_KNOWN_MS, millisecondsLeft(payload))) });
    return verified;
  };
}

function millisecondsLeft({ exp = 0 }: JWTPayload): number {
  return (exp + CLOCK_TOLERANCE_SECONDS) * 1_000 - Date.now();
}

/** The one answer to a missing, malformed, forged, expired or misdirected token; it does not say which. */
export function unauthenticated(cause?: unknown) {
  return httpProblem('UNAUTHENTICATED', { headers: { 'www-authenticate': 'Bearer realm="millrace"' }, cause });
}

function readKeys(path: string): JSONWebKeySet {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JSONWebKeySet;
  } catch (cause) {
    throw new MillraceError('CONFIG_INVALID', `AUTH_JWKS: cannot read a key set from ${path}`, { cause });
  }
}

function callerFrom({ tenant, sub, sid = 'none', roles }: JWTPayload): Caller {
  const valid = isTenantId(tenant) && isMatch(sub, IDENTIFIER) && isMatch(sid, IDENTIFIER) && isListOfStrings(roles);
  if (!valid) throw unauthenticated();
  return { tenantId: tenant, userId: sub, sessionId: sid, roles };
}

/** Whether something is the name of a tenant. */
export function isTenantId(value: unknown): value is string {
  return isMatch(value, TENANT);
}

function isMatch(claim: unknown, pattern: RegExp): claim is string {
  return typeof claim === 'string' && pattern.test(claim);
}

function isListOfStrings(claim: unknown): claim is string[] {
  return Array.isArray(claim) && claim.every((item) => typeof item === 'string');
}

// The rest says nothing about the token: the keys could not be fetched, or what was fetched is no key set.
function isFaultOfToken(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false;
  return ![errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code].includes(error.code);
}
