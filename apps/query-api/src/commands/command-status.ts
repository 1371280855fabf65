import { commandRoutes } from '@millrace/contracts/topology';
import {
  type Caller,
  callerOf,
  commandRoles,
  httpProblem,
  type HttpServer,
  QUERY_ROLES,
  queryRoles,
  RETRY_AFTER,
} from '@millrace/http';
import { type CommandStatus, findCommandStatus, type Queryable } from '@millrace/queries';
import { Type } from 'typebox';

import type { Answer, QueryBus } from '../query-bus.ts';
import { sendList } from '../send-answer.ts';

/** What became of a command that was promised? */
export type GetCommandStatus = { readonly caller: Caller; readonly commandId: string };

const NAME = 'GetCommandStatus';

/** Makes the bus answer it, from the primary: a replica may not have the promise yet. */
export function registerCommandStatusQuery(bus: QueryBus, primary: Queryable): void {
  bus.register<GetCommandStatus>(NAME, async ({ caller, commandId }) => {
    const found = await findCommandStatus(primary, { tenantId: caller.tenantId, commandId });
    return found && mayKnow(caller, found) ? answerOf(commandId, found) : undefined;
  });
}

const everybody = new Set([...QUERY_ROLES, ...commandRoutes.flatMap(({ plural }) => rolesOf(plural))]);
const config = { access: [...everybody] };
const schema = { params: Type.Object({ commandId: Type.String({ format: 'uuid' }) }) };

/** `GET /commands/{commandId}`: the status URL of a 202. */
export function commandStatusRoute(server: HttpServer, bus: QueryBus): void {
  server.get('/commands/:commandId', { config, schema }, async (request, reply) => {
    const { commandId } = request.params;
    const answer = await bus.ask(NAME, { caller: callerOf(request), commandId: commandId.toLowerCase() });
    if (!answer) throw httpProblem('COMMAND_NOT_FOUND', { detail: `There is no command ${commandId}.` });
    if (answer.pending) reply.headers(RETRY_AFTER);
    return sendList(reply, answer);
  });
}

/** Who may send such a command or read what it changes may also know what became of it. */
function rolesOf(plural: string): readonly string[] {
  return [...commandRoles(plural), ...queryRoles(plural)];
}

function mayKnow({ roles }: Caller, { aggregateType }: CommandStatus): boolean {
  const plural = commandRoutes.find((routes) => routes.aggregateType === aggregateType)?.plural ?? '';
  return rolesOf(plural).some((role) => roles.includes(role));
}

/** The promise again, the acknowledgment, or the problem. */
function answerOf(commandId: string, { status, answer, createdAt, ...found }: CommandStatus): Answer {
  const { aggregateId, correlationId } = found;
  const promised = { status, commandId, aggregateId };
  switch (status) {
    case 'pending':
      return { body: JSON.stringify({ ...promised, timestamp: createdAt, correlationId }), pending: true };
    case 'accepted':
      return { body: JSON.stringify({ ...promised, ...answer }) };
    case 'rejected':
      return { body: JSON.stringify({ ...promised, correlationId, problem: answer }) };
  }
}
