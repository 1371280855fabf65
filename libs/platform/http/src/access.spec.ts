import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger, createMetrics } from '@millrace/telemetry';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

import {
  callerOf,
  COMMAND_ROLES,
  createHttpServer,
  createTokenVerifier,
  type HttpServer,
  QUERY_ROLES,
} from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-jwks-'));
const jwks = join(directory, 'jwks.json');
const trusted = { issuer: 'urn:spec', audience: 'millrace' };
const claims = { tenant: 'acme', roles: ['writer'], sid: 's-1' };

let keys: { ed: CryptoKey; rsa: CryptoKey; es384: CryptoKey; stranger: CryptoKey };
let server: HttpServer;

beforeAll(async () => {
  const [ed, rsa, es384, stranger] = await Promise.all([
    generateKeyPair('EdDSA'),
    generateKeyPair('RS256'),
    generateKeyPair('ES384'),
    generateKeyPair('EdDSA'),
  ]);
  keys = { ed: ed.privateKey, rsa: rsa.privateKey, es384: es384.privateKey, stranger: stranger.privateKey };
  const published = [
    { ...(await exportJWK(ed.publicKey)), kid: 'ed' },
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa' },
    { ...(await exportJWK(es384.publicKey)), kid: 'es384' },
  ];
  writeFileSync(jwks, JSON.stringify({ keys: published }));
  server = protectedServer(jwks);
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

function configWith(keySet: string, change: { NODE_ENV?: string; AUTH_ISSUER?: string } = {}) {
  return {
    NODE_ENV: 'test',
    AUTH_JWKS: keySet,
    AUTH_ISSUER: trusted.issuer,
    AUTH_AUDIENCE: trusted.audience,
    ...change,
  };
}

function protectedServer(keySet: string): HttpServer {
  const made = createHttpServer({
    logger: createLogger({ service: 'spec', level: 'fatal' }),
    metrics: createMetrics('spec'),
    health: [],
    auth: createTokenVerifier(configWith(keySet)),
  });
  made.get('/mine', { config: { access: QUERY_ROLES } }, async (request) => callerOf(request));
  made.get('/who', { config: { access: ['admin', 'process', 'operator'] } }, async (request) => callerOf(request));
  made.post('/mine', { config: { access: COMMAND_ROLES } }, async () => ({}));
  return made;
}

type Token = {
  alg?: string;
  kid?: string;
  key?: CryptoKey | Uint8Array;
  payload?: Record<string, unknown>;
  expiresAt?: string | number | null;
};

async function sign({
  alg = 'EdDSA',
  kid = 'ed',
  key = keys.ed,
  payload = {},
  expiresAt = '5m',
}: Token = {}): Promise<string> {
  const jwt = new SignJWT({
    sub: 'alice',
    iss: trusted.issuer,
    aud: trusted.audience,
    ...claims,
    ...payload,
  }).setProtectedHeader({ alg, kid });
  if (expiresAt !== null) jwt.setExpirationTime(expiresAt);
  return jwt.sign(key);
}

const get = (token?: string, url = '/mine') =>
  server.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });

describe('bearer tokens', () => {
  test('T-22 the token alone says who calls', async () => {
    const response = await get(await sign());
    expect(response.json()).toEqual({ tenantId: 'acme', userId: 'alice', sessionId: 's-1', roles: ['writer'] });
    expect((await get(await sign({ payload: { sid: undefined } }))).json()).toMatchObject({ sessionId: 'none' });
    expect((await get(await sign({ alg: 'RS256', kid: 'rsa', key: keys.rsa }))).statusCode).toBe(200);
  });

  const forged: [string, () => Promise<string | undefined>][] = [
    ['no token', async () => undefined],
    ['no JWT', async () => 'hello'],
    ['a stranger’s signature', () => sign({ key: keys.stranger })],
    [
      'no signature',
      async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await sign()).split('.')[1]}.`,
    ],
    ['a changed payload', async () => tampered(await sign())],
    ['an algorithm that is not allowed', () => sign({ alg: 'HS256', key: new TextEncoder().encode('x'.repeat(32)) })],
    [
      'a trusted key with an algorithm that is not allowed',
      () => sign({ alg: 'ES384', kid: 'es384', key: keys.es384 }),
    ],
    ['an unknown key', () => sign({ kid: 'other' })],
    ['expired', () => sign({ expiresAt: '-1m' })],
    ['without expiry', () => sign({ expiresAt: null })],
    ['another issuer', () => sign({ payload: { iss: 'urn:other' } })],
    ['another audience', () => sign({ payload: { aud: 'other' } })],
    ['no tenant', () => sign({ payload: { tenant: undefined } })],
    ['a tenant that is no name', () => sign({ payload: { tenant: 'Acme; drop' } })],
    ['no subject', () => sign({ payload: { sub: undefined } })],
    ['roles that are no list', () => sign({ payload: { roles: 'admin' } })],
  ];

  test.each(forged)('%s: 401, always in the same words', async (_case, make) => {
    const response = await get(await make());
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer realm="millrace"');
    const { code, detail, title } = response.json<Record<string, string>>();
    expect({ code, detail, title }).toEqual({
      code: 'UNAUTHENTICATED',
      detail: 'A valid bearer token is required.',
      title: 'Unauthenticated',
    });
  });

  test('a token that was good a moment ago expires all the same', async () => {
    const fourSecondsAgo = Math.floor(Date.now() / 1_000) - 4;
    const token = await sign({ expiresAt: fourSecondsAgo });
    expect((await get(token)).statusCode).toBe(200);
    const deadline = performance.now() + 5_000;
    while ((await get(token)).statusCode !== 401) {
      expect(performance.now()).toBeLessThan(deadline);
      await delay(50);
    }
  });

  test('a URL that does not exist tells nothing without a token', async () => {
    expect((await get(undefined, '/nowhere')).statusCode).toBe(401);
    expect((await get(await sign(), '/nowhere')).statusCode).toBe(404);
  });

  test.each(['/livez', '/readyz', '/metrics'])('%s needs none', async (url) => {
    expect((await get(undefined, url)).statusCode).toBe(200);
  });

  test('roles: readers do not write, strangers do nothing', async () => {
    const as = async (method: 'GET' | 'POST', ...roles: string[]) => {
      const authorization = `Bearer ${await sign({ payload: { roles } })}`;
      return (await server.inject({ method, url: '/mine', headers: { authorization } })).statusCode;
    };
    expect([await as('GET', 'reader'), await as('POST', 'reader')]).toEqual([200, 403]);
    expect([await as('GET', 'admin'), await as('POST', 'admin', 'other')]).toEqual([200, 200]);
    expect([await as('GET'), await as('GET', 'auditor'), await as('POST', 'auditor')]).toEqual([403, 403, 403]);
  });

  describe('ACC-40 a process acts for a tenant that it names', () => {
    const as = async (roles: string[], named: string) => {
      const authorization = `Bearer ${await sign({ payload: { roles, sub: 'hiring-saga' } })}`;
      return server.inject({ url: '/who', headers: { authorization, 'millrace-tenant': named } });
    };

    test('for that tenant alone, as itself, and as nothing but a process', async () => {
      const response = await as(['process', 'admin'], 'umbrella');
      expect(response.json()).toEqual({
        tenantId: 'umbrella',
        userId: 'hiring-saga',
        sessionId: 's-1',
        roles: ['process'],
      });
    });

    test.each([[['admin', 'writer', 'operator']], [[]]])('nobody else may: %j', async (roles) => {
      for (const named of ['umbrella', 'acme', 'not a tenant']) {
        const response = await as(roles, named);
        expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([403, 'FORBIDDEN']);
      }
    });

    test.each(['', 'Umbrella', 'umbrella, acme', '../x'])('"%s" is no tenant', async (named) => {
      const response = await as(['process'], named);
      expect([response.statusCode, response.json()]).toEqual([
        400,
        expect.objectContaining({
          code: 'HEADER_INVALID',
          errors: [expect.objectContaining({ header: 'millrace-tenant' })],
        }),
      ]);
    });
  });

  test('a server with a route that does not say who may call it does not start', () => {
    expect(() => server.get('/forgotten', async () => ({}))).toThrow();
    const fresh = protectedServer(jwks);
    expect(() => fresh.get('/forgotten', async () => ({}))).toThrow('does not say who may call it');
  });

  test('production does not trust the issuer of development tokens', () => {
    const development = { AUTH_ISSUER: 'urn:millrace:dev' };
    expect(() => createTokenVerifier(configWith(jwks, development))).not.toThrow();
    expect(() => createTokenVerifier(configWith(jwks, { ...development, NODE_ENV: 'production' }))).toThrow(
      'production refuses',
    );
    expect(() => createTokenVerifier(configWith(jwks, { NODE_ENV: 'production' }))).not.toThrow();
  });

  test('keys that cannot be read stop the start', () => {
    expect(() => protectedServer(join(directory, 'absent.json'))).toThrow('cannot read a key set');
  });
});

describe('keys behind a URL', () => {
  let unreachable: Server;
  beforeAll(async () => {
    unreachable = createServer((_request, response) => response.destroy());
    await new Promise<void>((listening) => unreachable.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => void unreachable.close());

  test('out of reach: 503, not 401, so that clients keep their token', async () => {
    const { port } = unreachable.address() as { port: number };
    const remote = protectedServer(`https://127.0.0.1:${port}/jwks.json`);
    const response = await remote.inject({ url: '/mine', headers: { authorization: `Bearer ${await sign()}` } });
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([503, 'TOKEN_KEYS_UNAVAILABLE']);
    await remote.close();
  });
});

function tampered(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const changed = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), tenant: 'umbrella' };
  return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
}
