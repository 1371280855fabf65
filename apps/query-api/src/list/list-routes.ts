import { callerOf, type HttpServer, queryRoles } from '@millrace/http';
import { type TProperties, Type } from 'typebox';

import { page, strict } from '../parameters.ts';
import type { QueryBus } from '../query-bus.ts';
import { sendList } from '../send-answer.ts';
import type { ListApi } from './list-api.ts';

type PageAsked = { readonly limit: number; readonly cursor?: string; readonly total?: boolean };

/** The list at its path. The tenant is that of the token. */
export function listRoute(server: HttpServer, api: ListApi, bus: QueryBus): void {
  const config = { access: api.roles ?? queryRoles(api.plural) };
  server.get(api.path, { config, schema: schemaOf(api) }, async (request, reply) => {
    const { tenantId } = callerOf(request);
    const { limit, cursor, total = false, ...asked } = request.query as PageAsked;
    const filter = api.filter({ ...asked, ...(request.params as object) });
    return sendList(reply, await bus.ask(api.name, { tenantId, filter, limit, cursor, total }));
  });
}

function schemaOf(api: ListApi) {
  const { path, parameters } = api;
  const inPath = new Set([...path.matchAll(/:(\w+)/g)].map(([, name]) => name));
  const some = (wanted: (name: string) => boolean): TProperties =>
    Object.fromEntries(Object.entries(parameters).filter(([name]) => wanted(name)));
  const counting: TProperties = 'count' in api ? { total: Type.Optional(Type.Boolean()) } : {};
  return {
    params: Type.Object(some((name) => inPath.has(name))),
    querystring: Type.Object({ ...some((name) => !inPath.has(name)), ...counting, ...page }, strict),
  };
}
