import type { Acknowledgment, CommandOutcome, Promised } from '@millrace/command-handling';
import type { RejectionKind } from '@millrace/core';
import { entityTag, HttpProblem, httpProblem } from '@millrace/http';
import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';

/** The one answer to every accepted command. It says what became of the command and holds nothing of the domain. */
export const acknowledgmentSchema = Type.Object(
  {
    status: Type.Literal('accepted'),
    aggregateId: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    timestamp: Type.String({ format: 'date-time' }),
    correlationId: Type.String(),
  },
  { additionalProperties: false },
);

/** The answer to a command that is carried out later: what became of it can be asked for at `statusUrl`. */
export const promiseSchema = Type.Object(
  {
    status: Type.Literal('pending'),
    commandId: Type.String({ format: 'uuid' }),
    aggregateId: Type.String(),
    timestamp: Type.String({ format: 'date-time' }),
    correlationId: Type.String(),
    statusUrl: Type.String(),
  },
  { additionalProperties: false },
);

const statusOf: Readonly<Record<RejectionKind, number>> = { absent: 404, exists: 409, rule: 422 };

/**
 * Answers an accepted command; a command that was sent again gets the answer of the first time.
 * @param status of an accepted command: 201 where it creates
 * @throws HttpProblem for a refused one
 */
export function acknowledge(
  reply: FastifyReply,
  outcome: CommandOutcome,
  status: 200 | 201,
): Static<typeof acknowledgmentSchema> {
  if (outcome.outcome !== 'accepted') throw refusalOf(outcome);
  reply.code(status).header('etag', entityTag(outcome.acknowledgment.version));
  if (outcome.replayed) reply.header('idempotency-replayed', 'true');
  return outcome.acknowledgment satisfies Acknowledgment;
}

/** Answers a command that was taken over, to be carried out later. */
export function promise(reply: FastifyReply, promised: Promised): Static<typeof promiseSchema> {
  const statusUrl = `/v1/commands/${promised.commandId}`;
  reply.code(202).headers({ location: statusUrl, 'preference-applied': 'respond-async' });
  return { status: 'pending', ...promised, statusUrl };
}

/** The problem that a refused command is answered with. */
export function refusalOf(outcome: Exclude<CommandOutcome, { outcome: 'accepted' }>): HttpProblem {
  const { aggregateId, version } = outcome;
  const headers: Record<string, string> = version > 0 ? { etag: entityTag(version) } : {};
  if (outcome.outcome === 'precondition-failed') {
    const detail = `If-Match asks for version ${outcome.expectedVersion}; ${aggregateId} is at version ${version}.`;
    return httpProblem('PRECONDITION_FAILED', { detail, headers, extensions: { version } });
  }
  const { code, detail } = outcome;
  const status = outcome.outcome === 'closed' ? 403 : statusOf[outcome.kind];
  return new HttpProblem(status, code, { detail, headers, extensions: { version } });
}
