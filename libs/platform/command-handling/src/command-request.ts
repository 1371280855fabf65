import type { Command, Decider, DomainEvent, Rejection } from '@millrace/core';

import type { GateClosure } from './command-gate.ts';

/** Who sends a command, when, and in the course of what. */
export type CommandContext = {
  readonly tenantId: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly correlationId: string;
  /** Event that made a saga send the command; by default the command gets an id of its own, and that is the cause. */
  readonly causationId?: string | undefined;
  readonly traceparent: string;
  /** RFC 3339 in UTC. */
  readonly now: string;
};

/** A command for one aggregate. */
export type CommandRequest<
  State = unknown,
  C extends Command = Command,
  E extends DomainEvent = DomainEvent,
  Code extends string = string,
> = {
  readonly decider: Decider<State, C, E, Code>;
  readonly command: C;
  readonly aggregateId: string;
  readonly context: CommandContext;
  /** Decide only on this version. */
  readonly ifMatch?: number | undefined;
  /** Key by which the sender can repeat the request, and its fingerprint. */
  readonly idempotency?: { readonly key: string; readonly requestHash: string } | undefined;
};

/** A command on its way to the decider of its aggregate. Plain JSON. */
export type SentCommand = Omit<CommandRequest, 'decider'>;

/** What every answer to a command names. `timestamp` is that of the decision. */
export type CommandIds = {
  readonly aggregateId: string;
  /** Version of the aggregate after the command. */
  readonly version: number;
  readonly timestamp: string;
  readonly correlationId: string;
};

/** The one answer to an accepted command; it holds no data of the domain. */
export type Acknowledgment = { readonly status: 'accepted' } & CommandIds;

/** How a command ended: done (now, or earlier under the same key), refused, meant for another version, or before a closed gate. */
export type CommandOutcome<Code extends string = string> =
  | { readonly outcome: 'accepted'; readonly acknowledgment: Acknowledgment; readonly replayed: boolean }
  | (Rejection<Code> & CommandIds)
  | ({ readonly outcome: 'closed' } & GateClosure & CommandIds)
  | ({ readonly outcome: 'precondition-failed'; readonly expectedVersion: number } & CommandIds);
