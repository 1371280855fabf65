import type { FastifyInstance, FastifyRequest } from 'fastify';

import { httpProblem } from './http-problem.ts';

/** Tells a wrong method from a wrong URL: 405 with `Allow`, or 404. Fastify alone answers 404 to both. */
export function refuseUnknownRoutes(server: FastifyInstance): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  server.addHook('onRoute', ({ method, url }) => {
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  server.setNotFoundHandler((request) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = [...routes.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap(({ methods }) => [...methods]);
    throw allowed.length > 0 ? methodProblem(request, allowed) : routeProblem(request, path);
  });
}

function methodProblem({ method }: FastifyRequest, allowed: readonly string[]) {
  const allow = [...new Set(allowed)].sort().join(', ');
  return httpProblem('METHOD_NOT_ALLOWED', {
    detail: `${method} is not possible here; ${allow} is.`,
    headers: { allow },
  });
}

function routeProblem({ method }: FastifyRequest, path: string) {
  return httpProblem('ROUTE_NOT_FOUND', { detail: `There is nothing at ${method} ${path}.` });
}

/** `/v1/orders/:id` → a regular expression for the paths it serves; `*` stands for any rest. */
function patternOf(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:\w+/g, '[^/]+')
    .replace('*', '.*');
  return new RegExp(`^${source}$`);
}
