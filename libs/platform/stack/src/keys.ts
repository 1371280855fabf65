import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Environment } from '@millrace/config';
import { MillraceError } from '@millrace/core';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

import type { Home } from './home.ts';
import { writeAtomically } from './write-atomically.ts';

const algorithm = 'EdDSA';
/** `iss` and `aud` of development tokens. */
export const tokenNames = { issuer: 'urn:millrace:dev', audience: 'millrace' } as const;

/** Whom a development token is for. */
export type TokenClaims = {
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly subject: string;
  readonly hours: number;
};

/** Public keys of the development tokens, as a JWKS: what AUTH_JWKS points at. */
export function jwksFile(home: Home): string {
  return join(home.keys, 'jwks.json');
}

/** Makes the Ed25519 key pair of a home unless it has one. The private key is readable by its owner only. */
export async function ensureKeys(home: Home): Promise<void> {
  if (existsSync(privateKeyFile(home)) && existsSync(jwksFile(home))) return;
  mkdirSync(home.keys, { recursive: true });
  const pair = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true });
  const publicKey = await exportJWK(pair.publicKey);
  const names = { alg: algorithm, use: 'sig', kid: await calculateJwkThumbprint(publicKey) };
  writeAtomically(privateKeyFile(home), JSON.stringify({ ...(await exportJWK(pair.privateKey)), ...names }), 0o600);
  writeAtomically(jwksFile(home), `${JSON.stringify({ keys: [{ ...publicKey, ...names }] }, null, 2)}\n`);
}

/**
 * Signs a bearer token for development. Works while the stack is stopped too.
 * @throws MillraceError `PREFLIGHT_FAILED` in production
 */
export async function signDevelopmentToken(home: Home, claims: TokenClaims, environment: Environment): Promise<string> {
  if (environment['NODE_ENV'] === 'production') {
    throw new MillraceError(
      'PREFLIGHT_FAILED',
      'development tokens are refused when NODE_ENV is production: get one from your identity provider',
    );
  }
  await ensureKeys(home);
  const key = JSON.parse(readFileSync(privateKeyFile(home), 'utf8')) as JWK & { kid: string };
  return new SignJWT({ tenant: claims.tenant, roles: claims.roles, sid: crypto.randomUUID() })
    .setProtectedHeader({ alg: algorithm, kid: key.kid, typ: 'JWT' })
    .setSubject(claims.subject)
    .setIssuer(tokenNames.issuer)
    .setAudience(tokenNames.audience)
    .setIssuedAt()
    .setExpirationTime(`${claims.hours} hours`)
    .sign(await importJWK(key, algorithm));
}

/** Where the token lies with which the sagas of the stack send commands: what SERVICE_TOKEN_FILE points at. */
export function serviceTokenFile(home: Home): string {
  return join(home.keys, 'service.token');
}

/** Signs that token anew, for a year. In production there is none: it comes from the identity provider. */
export async function writeServiceToken(home: Home, environment: Environment): Promise<void> {
  if (environment['NODE_ENV'] === 'production') return;
  const claims = { tenant: 'system', roles: ['process'], subject: 'sagas', hours: 8_760 };
  writeAtomically(serviceTokenFile(home), await signDevelopmentToken(home, claims, environment), 0o600);
}

function privateKeyFile(home: Home): string {
  return join(home.keys, 'private.jwk.json');
}
