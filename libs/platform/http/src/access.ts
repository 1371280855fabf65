import type { FastifyInstance, FastifyRequest } from 'fastify';

import { type Caller, type TokenVerifier, unauthenticated } from './caller.ts';
import { httpProblem } from './http-problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route: roles, one of which the token must hold, or everybody without a token. */
    access?: 'public' | readonly string[];
  }
}

/** Roles that may change something. */
export const COMMAND_ROLES: readonly string[] = ['admin', 'writer'];

/** Roles that may read. */
export const QUERY_ROLES: readonly string[] = ['admin', 'writer', 'reader'];

/**
 * Protects a server: each route must say who may call it, or the server does not start; each request but those to
 * public routes, also one that hits no route, needs a token.
 */
export function protect(server: FastifyInstance, verify: TokenVerifier): void {
  server.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined) throw new Error(`route ${String(method)} ${url} does not say who may call it`);
  });
  server.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    if (access === 'public') return;
    const caller = await verify(bearerToken(request));
    request.caller = caller;
    request.log = request.log.child({ tenantId: caller.tenantId, userId: caller.userId });
    if (access && !access.some((role) => caller.roles.includes(role))) {
      throw httpProblem('FORBIDDEN', { detail: `This needs one of the roles ${access.join(', ')}.` });
    }
  });
}

/**
 * Who calls: for routes that are not public.
 * @throws HttpProblem 401 where no token was verified
 */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw unauthenticated();
  return request.caller;
}

function bearerToken({ headers: { authorization } }: FastifyRequest): string {
  const [, token] = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization ?? '') ?? [];
  if (token === undefined) throw unauthenticated();
  return token;
}
