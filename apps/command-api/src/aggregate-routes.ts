import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { CommandContext, CommandHandler, CommandQueue, SentCommand } from '@millrace/command-handling';
import {
  callerOf,
  causationIdOf,
  commandRoles,
  httpProblem,
  type HttpServer,
  parseIdempotencyKey,
  parseIfMatch,
  prefersAsync,
  requestHash,
} from '@millrace/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type TObject, Type } from 'typebox';
import { v7 as uuidv7 } from 'uuid';

import { acknowledge, acknowledgmentSchema, promise, promiseSchema } from './acknowledgment.ts';
import type { AggregateApi } from './aggregate-api.ts';
import { body, id as anyId, noParameters } from './body-schemas.ts';
import type { CommandBus } from './command-bus.ts';
import { recordReceived } from './receive-span.ts';
import { refuse } from './refusal.ts';

/** Puts every command of an aggregate on the bus. `handler` is asked for with each: there is none before the store can be reached. */
export function registerCommands(
  bus: CommandBus,
  { decider, commands }: AggregateApi,
  handler: () => CommandHandler,
): void {
  for (const name of Object.keys(commands)) {
    bus.register({ name, aggregateType: decider.aggregateType }, async (sent) =>
      handler().handle({ decider, ...sent }),
    );
  }
}

export type AggregateRoutesOptions = {
  readonly api: AggregateApi;
  readonly bus: CommandBus;
  /** Takes commands over whose senders do not wait. */
  readonly queue: Pick<CommandQueue, 'accept'>;
};

/** A command on its way from a request to the bus. */
type Route = AggregateRoutesOptions & {
  readonly type: string;
  readonly body: TObject;
  readonly access: readonly string[];
};

/**
 * Changes of one aggregate type: `POST /` creates, `POST /{id}/{verb}` does a task. Each becomes one command; the tenant is
 * that of the token.
 */
export const aggregateRoutes: FastifyPluginAsyncTypebox<AggregateRoutesOptions> = async (server, options) => {
  const { api } = options;
  const { idField, plural, verbs } = api.routes;
  server.setErrorHandler(refuse(idField));
  // No body at all stands for an empty one, so that what is missing is named like in any other.
  server.addHook('preValidation', async (request) => {
    if (request.body === undefined) request.body = {};
  });
  server.addHook('preHandler', recordReceived);

  const tasks = new Map<string, Route>();
  for (const [type, command] of Object.entries(api.commands)) {
    const route = { access: commandRoles(plural), ...command, type, ...options };
    if (verbs[type] === 'create') serveCreation(server, route);
    else tasks.set(verbs[type] ?? '', route);
  }
  for (const [verb, route] of tasks) serveTask(server, verb, route);

  const access = [...new Set([...tasks.values()].flatMap((task) => task.access))];
  server.post(`/:${idField}/:verb`, { config: { access } }, async (request) => {
    const { verb } = request.params as { verb: string };
    const detail = `There is no command "${verb}" for ${plural}; there are ${[...tasks.keys()].join(', ')}.`;
    throw httpProblem('UNKNOWN_COMMAND', { detail });
  });
};

function serveCreation(server: HttpServer, route: Route): void {
  const { api, access } = route;
  const { id = anyId, routes } = api;
  const schema = {
    body: body({ [routes.idField]: Type.Optional(id), ...route.body.properties }),
    querystring: noParameters,
    response: { 201: acknowledgmentSchema, 202: promiseSchema },
  };
  server.post('/', { config: { access }, schema }, async (request, reply) => {
    const { [routes.idField]: aggregateId = uuidv7(), ...data } = request.body as Record<string, string>;
    const sent = sentBy(request, api, { type: route.type, aggregateId, data });
    if (prefersAsync(request.headers.prefer)) return takeOver(request, reply, { route, sent });
    const acknowledgment = acknowledge(reply, await route.bus.send(sent), 201);
    reply.header('location', `/v1/${routes.plural}/${acknowledgment.aggregateId}`);
    return acknowledgment;
  });
}

function serveTask(server: HttpServer, verb: string, route: Route): void {
  const { api, access } = route;
  const { id = anyId, routes } = api;
  const schema = {
    body: route.body,
    params: Type.Object({ [routes.idField]: id }),
    querystring: noParameters,
    response: { 200: acknowledgmentSchema, 202: promiseSchema },
  };
  server.post(`/:${routes.idField}/${verb}`, { config: { access }, schema }, async (request, reply) => {
    const { [routes.idField]: aggregateId = '' } = request.params as Record<string, string>;
    const sent = sentBy(request, api, { type: route.type, aggregateId, data: request.body });
    if (prefersAsync(request.headers.prefer)) return takeOver(request, reply, { route, sent });
    return acknowledge(reply, await route.bus.send(sent), 200);
  });
}

async function takeOver(request: FastifyRequest, reply: FastifyReply, command: { route: Route; sent: SentCommand }) {
  const { route, sent } = command;
  const { idempotency, ...rest } = sent;
  const queued = {
    ...rest,
    aggregateType: route.api.decider.aggregateType,
    senderTenantId: callerOf(request).tenantId,
    idempotencyKey: idempotency?.key,
    requestHash: hashOf(request),
  };
  return promise(reply, await route.queue.accept(queued));
}

type Wanted = { readonly type: string; readonly aggregateId: string; readonly data: object };

function sentBy(request: FastifyRequest, api: AggregateApi, { type, aggregateId, data }: Wanted): SentCommand {
  const { headers } = request;
  const key = parseIdempotencyKey(headers['idempotency-key']);
  return {
    // The schema of this very command has checked its data.
    command: { type, data: { [api.routes.idField]: aggregateId, ...data } },
    aggregateId,
    context: contextOf(request, api, aggregateId),
    ifMatch: parseIfMatch(headers['if-match']),
    idempotency: key === undefined ? undefined : { key, requestHash: hashOf(request) },
  };
}

function hashOf({ method, url: path, body: content }: FastifyRequest): string {
  return requestHash({ method, path, body: content });
}

function contextOf(request: FastifyRequest, api: AggregateApi, aggregateId: string): CommandContext {
  const caller = callerOf(request);
  const { userId, sessionId } = caller;
  const tenantId = api.tenantOf?.(caller, aggregateId) ?? caller.tenantId;
  const { correlationId, trace } = request;
  const { traceparent } = trace;
  const now = new Date().toISOString();
  return { tenantId, userId, sessionId, correlationId, causationId: causationIdOf(request), traceparent, now };
}
