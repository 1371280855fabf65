import { entityTag, matchesIfNoneMatch } from '@millrace/http';
import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Answer } from './query-bus.ts';

// A browser or proxy may keep an answer for its one user, but asks each time whether it is still current.
const PRIVATE = { 'cache-control': 'private, no-cache', vary: 'authorization' };

/** One aggregate: tagged with its version. */
export function sendEntity(reply: FastifyReply, { body, version = 0 }: Answer): FastifyReply {
  return reply
    .headers({ ...PRIVATE, etag: entityTag(version) })
    .type('application/json')
    .send(body);
}

/** The same, or 304 for who has it: where the version says everything about the answer. */
export function sendUnlessKnown(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  const { version = 0 } = answer;
  if (!matchesIfNoneMatch(request.headers['if-none-match'], version)) return sendEntity(reply, answer);
  return reply
    .headers({ ...PRIVATE, etag: entityTag(version) })
    .code(304)
    .send();
}

/** A list, with the position of the projection that it comes from. */
export function sendList(reply: FastifyReply, answer: Answer | undefined): FastifyReply {
  if (answer?.position !== undefined) reply.header('millrace-position', answer.position);
  return reply.headers(PRIVATE).type('application/json').send(answer?.body);
}
