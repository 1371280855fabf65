import type { FastifyInstance, FastifyRequest } from 'fastify';

import { type Caller, isTenantId, type TokenVerifier, unauthenticated } from './caller.ts';
import { headerProblem, type HttpProblem, httpProblem } from './http-problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route: roles, one of which the token must hold, or everybody without a token. */
    access?: 'public' | readonly string[];
  }
}

/** Role of a service that acts for tenants, the sagas. */
const PROCESS = 'process';
/** Names the tenant that a process acts for. */
const TENANT_HEADER = 'millrace-tenant';

/** Roles that may change anything of their tenant. */
export const COMMAND_ROLES: readonly string[] = ['admin', 'writer', PROCESS];

/** Roles for what only processes do, and an admin who helps one out. */
export const PROCESS_ROLES: readonly string[] = ['admin', PROCESS];

/** Roles that may read anything of their tenant. */
export const QUERY_ROLES: readonly string[] = ['admin', 'writer', 'reader'];

/** Roles that may read what happened, and who did it. An `auditor` may read nothing else. */
export const HISTORY_ROLES: readonly string[] = [...QUERY_ROLES, 'auditor'];

/** Roles that may change one kind of aggregates, for example `orders`. */
export function commandRoles(plural: string): readonly string[] {
  return [...COMMAND_ROLES, `${plural}.writer`];
}

/** Roles that may read one kind of aggregates. */
export function queryRoles(plural: string): readonly string[] {
  return [...QUERY_ROLES, `${plural}.writer`, `${plural}.reader`];
}

/** Roles that may read the history of one kind of aggregates. */
export function historyRoles(plural: string): readonly string[] {
  return [...queryRoles(plural), 'auditor'];
}

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
    const verified = await verify(bearerToken(request));
    const named = request.headers[TENANT_HEADER];
    const caller = named === undefined ? verified : actingFor(verified, named);
    request.caller = caller;
    request.logFacts = { ...request.logFacts, tenantId: caller.tenantId, userId: caller.userId };
    if (named !== undefined && caller === verified) throw falseName(verified);
    if (access && !access.some((role) => caller.roles.includes(role))) {
      const roles = access.length === 1 ? 'the role' : 'one of the roles';
      throw httpProblem('FORBIDDEN', { detail: `This needs ${roles} ${access.join(', ')}.` });
    }
  });
}

/** A process may name the tenant it acts for, and then is nothing but a process. All others stay who they are. */
function actingFor(caller: Caller, tenantId: string | string[]): Caller {
  return caller.roles.includes(PROCESS) && isTenantId(tenantId) ? { ...caller, tenantId, roles: [PROCESS] } : caller;
}

function falseName({ roles }: Caller): HttpProblem {
  if (roles.includes(PROCESS)) return headerProblem(TENANT_HEADER, 'must be the name of one tenant');
  return httpProblem('FORBIDDEN', { detail: 'Only a process may name the tenant it acts for.' });
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
