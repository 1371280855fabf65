import type { DomainEvent } from './event.ts';

/** An intention: imperative type and validated data. */
export type Command<Type extends string = string, Data = unknown> = { readonly type: Type; readonly data: Data };

/** Where time and identity enter a decision, and nowhere else. */
export type DecisionContext = {
  readonly now: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly correlationId: string;
};

/** Why a command was refused: `absent` is answered 404, `exists` 409, `rule` 422. */
export type RejectionKind = 'absent' | 'exists' | 'rule';

/** Refusal of a command: a stable code for programs and a sentence for people. */
export type Rejection<Code extends string = string> = {
  readonly outcome: 'rejected';
  readonly kind: RejectionKind;
  readonly code: Code;
  readonly detail: string;
};

/** Answer of a decider: events to append, or a refusal. */
export type Decision<E extends DomainEvent = DomainEvent, Code extends string = string> =
  { readonly outcome: 'accepted'; readonly events: readonly E[] } | Rejection<Code>;

/** A pure aggregate: no I/O, no clock, no randomness. `decide` checks rules, `evolve` never does. */
export type Decider<State, C extends Command, E extends DomainEvent, Code extends string = string> = {
  /** Name of the aggregate in keys, headers and URLs, for example `order`. */
  readonly aggregateType: string;
  readonly initialState: State;
  /** Bumped when the shape of the state changes: snapshots of another version are ignored. */
  readonly stateVersion: number;
  decide(command: C, state: State, context: DecisionContext): Decision<E, Code>;
  evolve(state: State, event: E): State;
};

/** Accepts a command with the events it causes. */
export const accept = <E extends DomainEvent>(...events: E[]): { outcome: 'accepted'; events: readonly E[] } => ({
  outcome: 'accepted',
  events,
});

/** Refuses a command because a rule forbids it. */
export const reject = <Code extends string>(code: Code, detail: string): Rejection<Code> => ({
  outcome: 'rejected',
  kind: 'rule',
  code,
  detail,
});

/** Refuses a command because its aggregate does not exist. */
export const rejectAbsent = <Code extends string>(code: Code, detail: string): Rejection<Code> => ({
  outcome: 'rejected',
  kind: 'absent',
  code,
  detail,
});

/** Refuses to create what exists. */
export const rejectExisting = <Code extends string>(code: Code, detail: string): Rejection<Code> => ({
  outcome: 'rejected',
  kind: 'exists',
  code,
  detail,
});

/** Compile-time proof that a switch is complete; throws when run-time data breaks the types. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
