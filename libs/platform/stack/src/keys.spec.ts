import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';

import { ensureKeys, jwksFile, signDevelopmentToken } from './keys.ts';
import { useTestHome } from './test-home.fixture.ts';

const place = useTestHome();
const claims = { tenant: 'acme', roles: ['admin', 'writer'], subject: 'alice', hours: 12 };

const publicKeys = () => createLocalJWKSet(JSON.parse(readFileSync(jwksFile(place.home), 'utf8')) as JSONWebKeySet);

it('signs a token that the public keys verify, with tenant, roles, subject and session', async () => {
  const token = await signDevelopmentToken(place.home, claims, {});
  const { payload, protectedHeader } = await jwtVerify(token, publicKeys(), {
    issuer: 'urn:millrace:dev',
    audience: 'millrace',
    algorithms: ['EdDSA'],
  });
  expect(payload).toMatchObject({ tenant: 'acme', roles: ['admin', 'writer'], sub: 'alice', sid: expect.any(String) });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(12 * 3_600);
  expect(protectedHeader).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) });
});

it('keeps its keys, so that tokens outlive a restart', async () => {
  const token = await signDevelopmentToken(place.home, claims, {});
  await ensureKeys(place.home);
  await expect(jwtVerify(token, publicKeys())).resolves.toBeDefined();
  expect(decodeProtectedHeader(await signDevelopmentToken(place.home, claims, {})).kid).toBe(
    decodeProtectedHeader(token).kid,
  );
});

it('keeps the private key for the owner alone and out of the public file', async () => {
  await ensureKeys(place.home);
  expect(statSync(join(place.home.keys, 'private.jwk.json')).mode & 0o777).toBe(0o600);
  expect(readFileSync(jwksFile(place.home), 'utf8')).not.toContain('"d"');
});

it('refuses to sign in production', async () => {
  await expect(signDevelopmentToken(place.home, claims, { NODE_ENV: 'production' })).rejects.toThrow(
    'refused when NODE_ENV is production',
  );
});
