import { type HttpProblem, problemOf } from '@millrace/http';
import type { FastifyRequest } from 'fastify';

/**
 * Error handler of command routes. A fault of the server (5xx) is no refusal: nobody has refused the command, and it may
 * even have been carried out. It always throws, for the handler of the server to answer.
 * @param idField that names the aggregate, in the path or in the body
 */
export function refuse(idField: string): (error: unknown, request: FastifyRequest) => never {
  return (error, { params, body }) => {
    const problem = problemOf(error);
    if (problem.status >= 500) throw problem;
    const { [idField]: aggregateId } = { ...(body as Record<string, unknown>), ...(params as Record<string, unknown>) };
    throw rejected(problem, typeof aggregateId === 'string' ? aggregateId : undefined);
  };
}

/** A refusal names the ids that an acknowledgment would. */
export function rejected(problem: HttpProblem, aggregateId: string | undefined): HttpProblem {
  return problem.with({
    acknowledgment: 'rejected',
    ...(aggregateId !== undefined && { aggregateId }),
    timestamp: new Date().toISOString(),
  });
}
