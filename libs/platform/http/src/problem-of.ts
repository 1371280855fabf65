import { type ErrorCode, isMillraceError } from '@millrace/core';
import type { FastifyError } from 'fastify';

import { HttpProblem, httpProblem, type HttpProblemCode, httpProblems, RETRY_AFTER } from './http-problem.ts';
import { validationProblem } from './validation.ts';

/** Status of the platform errors that a client can meet; the others are faults of the server. */
const platformStatus: Partial<Record<ErrorCode, number>> = {
  VERSION_NOT_REACHED: 404,
  VERSION_CONFLICT: 409,
  IDEMPOTENCY_KEY_TAKEN: 409,
  PAYLOAD_TOO_LARGE: 413,
  IDEMPOTENCY_KEY_REUSED: 422,
  STORE_UNAVAILABLE: 503,
};

// The connection may have broken after the commit, so this must not promise that nothing happened.
const OUTAGE = 'Postgres cannot be reached. A command that is sent again with its Idempotency-Key is carried out once.';

/**
 * Any thrown value as a problem. Platform errors keep their code; what a client cannot have caused becomes a 5xx whose
 * detail tells nothing about the inside.
 */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (isMillraceError(error)) {
    const status = platformStatus[error.code];
    if (status === undefined) return httpProblem('INTERNAL_ERROR', { cause: error });
    const detail = status >= 500 ? OUTAGE : error.message;
    const headers = error.retriable ? RETRY_AFTER : {};
    return new HttpProblem(status, error.code, { detail, headers, cause: error });
  }
  return frameworkProblem(error);
}

const frameworkCodes: Readonly<Record<string, HttpProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BODY_MALFORMED',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_MALFORMED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BODY_MALFORMED',
  FST_ERR_BAD_URL: 'URL_MALFORMED',
  FST_ERR_MAX_PARAM_LENGTH: 'URL_TOO_LONG',
};

function frameworkProblem(error: unknown): HttpProblem {
  const { code = '', statusCode = 500, validation, validationContext } = (error ?? {}) as Partial<FastifyError>;
  if (validation) return validationProblem(validation, validationContext ?? 'body');
  const known = frameworkCodes[code];
  if (known) return httpProblem(known, { cause: error });
  const isOfClient = statusCode >= 400 && statusCode < 500;
  if (!isOfClient) return httpProblem('INTERNAL_ERROR', { cause: error });
  return new HttpProblem(statusCode, 'REQUEST_REFUSED', { detail: httpProblems.REQUEST_REFUSED.meaning, cause: error });
}
