import type { FastifyRequest } from 'fastify';

import type { HttpProblem } from './http-problem.ts';

/**
 * Leaves a line in the log for who was refused (`audit: "denied"`), and for who asked for what its tenant does not have
 * (`audit: "not-found"`): guessing ids shows. What was granted and changed something is in the events, with its user.
 */
export function auditRefusal({ log, logFacts, routeOptions, method }: FastifyRequest, problem: HttpProblem): void {
  const audit = auditOf(problem);
  if (audit === undefined) return;
  const { code } = problem;
  // Tenant and user are in every line once the token is verified.
  const facts = { ...logFacts, audit, method, route: routeOptions.url ?? 'none', code };
  log[audit === 'denied' ? 'warn' : 'info'](facts, 'audit');
}

function auditOf({ status, code }: HttpProblem): 'denied' | 'not-found' | undefined {
  if (status === 401 || status === 403) return 'denied';
  const namesAnId = status === 404 && code.endsWith('_NOT_FOUND') && code !== 'ROUTE_NOT_FOUND';
  return namesAnId ? 'not-found' : undefined;
}
