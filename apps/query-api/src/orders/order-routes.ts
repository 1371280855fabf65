import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { callerOf, entityTag, HttpProblem, matchesIfNoneMatch, parameterProblem, QUERY_ROLES } from '@millrace/http';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { utcInstant } from '../instant.ts';
import type { Answer, QueryBus } from '../query-bus.ts';
import {
  getOrderSchema,
  listOrdersOfCustomerSchema,
  listOrdersSchema,
  orderHistorySchema,
  type OrderMoment,
  statusesOf,
} from './order-schemas.ts';

export type OrderRoutesOptions = { readonly bus: QueryBus; readonly maxWaitMs: number };

const config = { access: QUERY_ROLES };

/** Reads of orders. The tenant is that of the token, in every query. */
export const orderRoutes: FastifyPluginAsyncTypebox<OrderRoutesOptions> = async (server, { bus, maxWaitMs }) => {
  server.get('/orders/:orderId', { config, schema: getOrderSchema }, async (request, reply) => {
    const { tenantId } = callerOf(request);
    const { orderId } = request.params;
    const answer = await askForOrder(bus, { tenantId, orderId, maxWaitMs, ...request.query });
    if (!answer) throw orderNotFound(orderId);
    return sendOrder(request, reply, answer);
  });

  server.get('/orders/:orderId/history', { config, schema: orderHistorySchema }, async (request, reply) => {
    const { tenantId } = callerOf(request);
    const { orderId } = request.params;
    const answer = await bus.ask('ListOrderHistory', { tenantId, orderId, ...request.query });
    if (!answer) throw orderNotFound(orderId);
    return sendList(reply, answer);
  });

  server.get('/orders', { config, schema: listOrdersSchema }, async (request, reply) => {
    const { tenantId } = callerOf(request);
    const { status, ...page } = request.query;
    return sendList(reply, await bus.ask('ListOrders', { tenantId, statuses: statusesOf(status), ...page }));
  });

  server.get(
    '/customers/:customerId/orders',
    { config, schema: listOrdersOfCustomerSchema },
    async (request, reply) => {
      const { tenantId } = callerOf(request);
      const { customerId } = request.params;
      const { status, ...page } = request.query;
      const query = { tenantId, customerId, statuses: statusesOf(status), ...page };
      return sendList(reply, await bus.ask('ListOrdersOfCustomer', query));
    },
  );
};

type OrderAsked = OrderMoment & {
  readonly tenantId: string;
  readonly orderId: string;
  readonly maxWaitMs: number;
};

const DEFAULT_WAIT = '2s';

/** The order now, at a version or at a time: one of the three. */
function askForOrder(bus: QueryBus, asked: OrderAsked): Promise<Answer | undefined> {
  const { tenantId, orderId, minVersion, wait = DEFAULT_WAIT, version, at } = asked;
  refuseContradictions(asked);
  if (version !== undefined) return bus.ask('GetOrderAtVersion', { tenantId, orderId, version });
  if (at !== undefined) return bus.ask('GetOrderAtTime', { tenantId, orderId, at: parseInstant(at) });
  const waitMs = Math.min(parseDuration(wait), asked.maxWaitMs);
  return bus.ask('GetOrder', { tenantId, orderId, minVersion, waitMs });
}

function refuseContradictions({ minVersion, wait, version, at }: OrderMoment): void {
  if (version !== undefined && at !== undefined) throw parameterProblem('at', 'and version exclude each other');
  if (minVersion !== undefined && (version ?? at) !== undefined) {
    throw parameterProblem('minVersion', 'is about the present; version and at are about the past');
  }
  if (wait !== undefined && minVersion === undefined) throw parameterProblem('wait', 'needs minVersion');
}

function parseInstant(text: string): string {
  const instant = utcInstant(text);
  if (instant === undefined) {
    throw parameterProblem('at', 'must be an RFC 3339 time such as 2026-01-31T12:00:00Z (a + in it is sent as %2B)');
  }
  return instant;
}

/** `2s` or `500ms`; the schema lets nothing else through. */
function parseDuration(text: string): number {
  const value = Number.parseInt(text, 10);
  return text.endsWith('ms') ? value : value * 1_000;
}

function orderNotFound(orderId: string): HttpProblem {
  return new HttpProblem(404, 'ORDER_NOT_FOUND', { detail: `There is no order ${orderId}.` });
}

// A browser or proxy may keep an order for its one user, but asks each time whether it is still current.
const PRIVATE = { 'cache-control': 'private, no-cache', vary: 'authorization' };

function sendOrder(request: FastifyRequest, reply: FastifyReply, { body, version = 0 }: Answer): FastifyReply {
  reply.headers({ ...PRIVATE, etag: entityTag(version) });
  if (matchesIfNoneMatch(request.headers['if-none-match'], version)) return reply.code(304).send();
  return reply.type('application/json').send(body);
}

function sendList(reply: FastifyReply, answer: Answer | undefined): FastifyReply {
  if (answer?.position !== undefined) reply.header('millrace-position', answer.position);
  return reply.headers(PRIVATE).type('application/json').send(answer?.body);
}
