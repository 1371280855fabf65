/** What is read off a request again and again. */
import type { Causation, StreamId } from '@millrace/core';
import { v7 as uuidv7 } from 'uuid';

import type { CommandFact } from './command-observer.ts';
import type { CommandContext, CommandIds, CommandRequest } from './command-request.ts';

/** Cause of the events: what made the sender send the command, or the command itself, which gets an id for that. */
export function causationOf({
  correlationId,
  causationId = uuidv7(),
  userId,
  sessionId,
  traceparent,
}: CommandContext): Causation {
  return { correlationId, causationId, userId, sessionId, traceparent };
}

/** Stream of the aggregate. */
export function streamOf({ decider, aggregateId, context }: CommandRequest): StreamId {
  return { tenantId: context.tenantId, aggregateType: decider.aggregateType, aggregateId };
}

/** What an observer is told of every command. */
export function factOf({ command, decider }: CommandRequest): CommandFact {
  return { command: command.type, aggregateType: decider.aggregateType };
}

/** What every answer names. */
export function idsOf({ aggregateId, context }: CommandRequest, version: number): CommandIds {
  return { aggregateId, version, timestamp: context.now, correlationId: context.correlationId };
}
