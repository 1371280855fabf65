import { problemOf } from '@millrace/http';
import type { FastifyRequest } from 'fastify';

/**
 * Error handler of command routes: a refusal names the ids that an acknowledgment would. A fault of the server (5xx) is
 * none: nobody has refused the command, and it may even have been carried out.
 * @throws HttpProblem always, for the handler of the server to answer
 */
export function refuse(error: unknown, request: FastifyRequest): never {
  const problem = problemOf(error);
  if (problem.status >= 500) throw problem;
  const aggregateId = aggregateIdOf(request);
  throw problem.with({
    acknowledgment: 'rejected',
    ...(aggregateId !== undefined && { aggregateId }),
    timestamp: new Date().toISOString(),
  });
}

function aggregateIdOf({ params, body }: FastifyRequest): string | undefined {
  const { orderId } = { ...(body as { orderId?: unknown } | undefined), ...(params as { orderId?: unknown }) };
  return typeof orderId === 'string' ? orderId : undefined;
}
