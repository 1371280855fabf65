import type { Gate } from '@millrace/event-store';

import type { CommandRequest } from './command-request.ts';

/** Why no command passes: a stable code for programs and a sentence for people. */
export type GateClosure = { readonly code: string; readonly detail: string };

/**
 * What closes a whole tenant for commands: the newest event of one stream, which has the tenant's name. It is read in the
 * statement that loads the aggregate, so it costs no round trip and cannot be stale.
 */
export type CommandGate = {
  /** Of the stream that decides. Commands for this type always pass: how else would the gate be opened again. */
  readonly aggregateType: string;
  /** Event types that open or close it; all others leave it as it is, and without any it is open. */
  readonly events: Readonly<Record<string, 'open' | GateClosure>>;
};

/** What a load must look for so that `closureOf` can tell. */
export function gateOf(gate: CommandGate | undefined, { decider, context }: CommandRequest): Gate | undefined {
  if (!gate || decider.aggregateType === gate.aggregateType) return undefined;
  const { aggregateType, events } = gate;
  return { aggregateType, aggregateId: context.tenantId, eventTypes: Object.keys(events) };
}

/** Why a command does not pass, if the newest event of the gate closed it. */
export function closureOf(gate: CommandGate | undefined, newest: string | undefined): GateClosure | undefined {
  const effect = newest === undefined ? 'open' : (gate?.events[newest] ?? 'open');
  return effect === 'open' ? undefined : effect;
}
