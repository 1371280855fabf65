/** What a request costs at least: a bare Fastify route with the schemas of our own, in a process of its own. */
import type { AddressInfo } from 'node:net';

import fastify from 'fastify';
import { Type } from 'typebox';

const strict = { additionalProperties: false };
const id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' });
const unitPrice = Type.Object(
  {
    amount: Type.String({ pattern: String.raw`^\d{1,12}(\.\d{1,4})?$` }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  },
  strict,
);
const sku = Type.String({ minLength: 1, maxLength: 64, pattern: String.raw`^[^\p{Cc}\p{Cs}]*$` });
const items = Type.Array(Type.Object({ sku, quantity: Type.Integer(), unitPrice }, strict), { maxItems: 1_000 });
const acknowledgment = Type.Object(
  {
    status: Type.Literal('accepted'),
    aggregateId: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    timestamp: Type.String({ format: 'date-time' }),
    correlationId: Type.String(),
  },
  strict,
);

const server = fastify();
const schema = { body: Type.Object({ items }, strict), params: Type.Object({ id }), response: { 200: acknowledgment } };
server.post<{ Params: { id: string } }>('/v1/orders/:id/update-items', { schema }, async (request, reply) => {
  const { id: aggregateId } = request.params;
  const timestamp = new Date().toISOString();
  void reply.header('etag', '"2"');
  return { status: 'accepted', aggregateId, version: 2, timestamp, correlationId: aggregateId };
});
await server.listen({ host: '127.0.0.1', port: 0 });
const { port } = server.server.address() as AddressInfo;
process.stdout.write(`${JSON.stringify({ port })}\n`);
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)));
