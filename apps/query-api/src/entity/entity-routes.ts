import { type Caller, callerOf, historyRoles, HttpProblem, type HttpServer, queryRoles } from '@millrace/http';
import { Type } from 'typebox';

import { id, page, strict } from '../parameters.ts';
import type { QueryBus } from '../query-bus.ts';
import { sendEntity, sendList, sendUnlessKnown } from '../send-answer.ts';
import { type CurrentView, type EntityApi, queryNames } from './entity-api.ts';
import { momentOf, momentSchema } from './moment.ts';

export type EntityRoutesOptions = { readonly bus: QueryBus; readonly maxWaitMs: number };

/**
 * `GET /<plural>/{id}` and `GET /<plural>/{id}/history`. The tenant is that of the token, unless the definition knows
 * better: what belongs to another does not exist.
 */
export function entityRoutes(server: HttpServer, api: EntityApi, { bus, maxWaitMs }: EntityRoutesOptions): void {
  const { current } = api;
  const { plural, idField } = api.resource;
  const names = queryNames(api);
  const params = Type.Object({ [idField]: id });
  const roles = api.access?.roles ?? [];

  const historySchema = { params, querystring: Type.Object(page, strict) };
  const historyConfig = { access: [...historyRoles(plural), ...roles] };
  server.get(
    `/${plural}/:${idField}/history`,
    { config: historyConfig, schema: historySchema },
    async (request, reply) => {
      const key = keyOf(api, callerOf(request), request.params);
      const answer = await bus.ask(names.history, { ...key, ...request.query });
      if (!answer) throw notFound(api, key.id);
      return sendList(reply, answer);
    },
  );

  if (!current) return;
  const schema = { params, querystring: momentSchema };
  const config = { access: [...queryRoles(plural), ...roles] };
  server.get(`/${plural}/:${idField}`, { config, schema }, async (request, reply) => {
    const key = keyOf(api, callerOf(request), request.params);
    const { when, ...moment } = momentOf(request.query, maxWaitMs);
    const answer = await bus.ask(names[when], { ...key, ...moment });
    if (!answer) throw notFound(api, key.id);
    return versionSaysAll(current) ? sendUnlessKnown(request, reply, answer) : sendEntity(reply, answer);
  });
}

/** A row of many aggregates, or one that is shown with more, changes while the version stays. */
function versionSaysAll(current: CurrentView): boolean {
  return current.projection.rowPer === 'aggregate' && !('lookUp' in current);
}

/** @throws HttpProblem 404 where the caller may not see the id: no word tells that it exists */
function keyOf(api: EntityApi, caller: Caller, params: unknown): { readonly tenantId: string; readonly id: string } {
  const wanted = (params as Readonly<Record<string, string>>)[api.resource.idField] ?? '';
  const tenantId = api.access ? api.access.tenantOf(caller, wanted) : caller.tenantId;
  if (tenantId === undefined) throw notFound(api, wanted);
  return { tenantId, id: wanted };
}

function notFound({ resource: { aggregateType } }: EntityApi, wanted: string): HttpProblem {
  const code = `${aggregateType.toUpperCase()}_NOT_FOUND`;
  return new HttpProblem(404, code, { detail: `There is no ${aggregateType} ${wanted}.` });
}
