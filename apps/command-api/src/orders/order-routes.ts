import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { CommandContext } from '@millrace/command-handling';
import type { OrderCommand } from '@millrace/contracts/orders';
import {
  callerOf,
  causationIdOf,
  COMMAND_ROLES,
  httpProblem,
  type HttpServer,
  parseIdempotencyKey,
  parseIfMatch,
  requestHash,
} from '@millrace/http';
import type { FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import { v7 as uuidv7 } from 'uuid';

import { acknowledge, acknowledgmentSchema } from '../acknowledgment.ts';
import type { CommandBus, SentCommand } from '../command-bus.ts';
import { recordReceived } from '../receive-span.ts';
import { refuse } from '../refusal.ts';
import {
  cancelBody,
  createOrderBody,
  emptyBody,
  noParameters,
  orderParams,
  shipBody,
  updateItemsBody,
} from './order-schemas.ts';

export type OrderRoutesOptions = { readonly bus: CommandBus };

type Task = { readonly type: Exclude<OrderCommand['type'], 'CreateOrder'>; readonly body: TSchema };

/** What can be done with an order that exists: `POST /v1/orders/{id}/{verb}`. */
const tasks: Readonly<Record<string, Task>> = {
  'update-items': { type: 'UpdateOrderItems', body: updateItemsBody },
  confirm: { type: 'ConfirmOrder', body: emptyBody },
  ship: { type: 'ShipOrder', body: shipBody },
  deliver: { type: 'DeliverOrder', body: emptyBody },
  cancel: { type: 'CancelOrder', body: cancelBody },
};

const config = { access: COMMAND_ROLES };

/** Changes of orders. Each becomes one command; the tenant is that of the token. */
export const orderRoutes: FastifyPluginAsyncTypebox<OrderRoutesOptions> = async (server, { bus }) => {
  server.setErrorHandler(refuse);
  // No body at all stands for an empty one, so that what is missing is named like in any other.
  server.addHook('preValidation', async (request) => {
    if (request.body === undefined) request.body = {};
  });

  server.addHook('preHandler', recordReceived);

  const schema = { body: createOrderBody, querystring: noParameters, response: { 201: acknowledgmentSchema } };
  server.post('/', { config, schema }, async (request, reply) => {
    const { orderId = uuidv7(), ...data } = request.body;
    const command: OrderCommand = { type: 'CreateOrder', data: { orderId, ...data } };
    const acknowledgment = acknowledge(reply, await bus.send(sentBy(request, command, orderId)), 201);
    reply.header('location', `/v1/orders/${acknowledgment.aggregateId}`);
    return acknowledgment;
  });

  for (const [verb, task] of Object.entries(tasks)) taskRoute(server, { bus, verb, ...task });

  server.post('/:orderId/:verb', { config }, async (request) => {
    const { verb } = request.params as { verb: string };
    const detail = `An order has no command "${verb}"; it has ${Object.keys(tasks).join(', ')}.`;
    throw httpProblem('UNKNOWN_COMMAND', { detail });
  });
};

function taskRoute(server: HttpServer, { bus, verb, type, body }: Task & { bus: CommandBus; verb: string }): void {
  const schema = { body, params: orderParams, querystring: noParameters, response: { 200: acknowledgmentSchema } };
  server.post(`/:orderId/${verb}`, { config, schema }, async (request, reply) => {
    const { orderId } = request.params;
    // The schema of this very task has checked the body.
    const command = { type, data: { ...(request.body as object), orderId } };
    return acknowledge(reply, await bus.send(sentBy(request, command, orderId)), 200);
  });
}

function sentBy(request: FastifyRequest, command: SentCommand['command'], aggregateId: string): SentCommand {
  const { method, url: path, body, headers } = request;
  const key = parseIdempotencyKey(headers['idempotency-key']);
  return {
    command,
    aggregateId,
    context: contextOf(request),
    ifMatch: parseIfMatch(headers['if-match']),
    idempotency: key === undefined ? undefined : { key, requestHash: requestHash({ method, path, body }) },
  };
}

function contextOf(request: FastifyRequest): CommandContext {
  const { tenantId, userId, sessionId } = callerOf(request);
  const { correlationId, trace } = request;
  const { traceparent } = trace;
  const now = new Date().toISOString();
  return { tenantId, userId, sessionId, correlationId, causationId: causationIdOf(request), traceparent, now };
}
