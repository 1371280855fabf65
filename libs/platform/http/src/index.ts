export {
  callerOf,
  COMMAND_ROLES,
  commandRoles,
  HISTORY_ROLES,
  historyRoles,
  PROCESS_ROLES,
  QUERY_ROLES,
  queryRoles,
} from './access.ts';
export { authVariables, type Caller, createTokenVerifier, isTenantId, type TokenVerifier } from './caller.ts';
export { entityTag, matchesIfNoneMatch, parseIfMatch } from './entity-tag.ts';
export type { HealthCheck } from './health.ts';
export {
  headerProblem,
  HttpProblem,
  httpProblem,
  type HttpProblemCode,
  httpProblems,
  parameterProblem,
  problemBody,
  type ProblemParts,
  type RequestFault,
  RETRY_AFTER,
} from './http-problem.ts';
export {
  createHealthServer,
  createHttpServer,
  type HealthServerOptions,
  type HttpServer,
  type HttpServerOptions,
} from './http-server.ts';
export { parseIdempotencyKey, requestHash } from './idempotency-key.ts';
export { Periodic } from './periodic.ts';
export { prefersAsync } from './prefer.ts';
export { problemOf } from './problem-of.ts';
export { causationIdOf } from './request-context.ts';
export { runService, type Service, type ServiceContext, type ServiceDefinition } from './run-service.ts';
