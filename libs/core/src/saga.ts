import type { Command } from './decider.ts';
import type { DomainEvent, RecordedEvent } from './event.ts';

/** What a saga is told: an event, that a command it sent was refused, or that its time is up. */
export type SagaInput<E extends DomainEvent, C extends Command = Command> =
  | { readonly kind: 'event'; readonly event: RecordedEvent<E> }
  | { readonly kind: 'refused'; readonly command: C; readonly code: string; readonly detail: string }
  | { readonly kind: 'timeout' };

/** How an event finds its instances: it starts one, or it goes to all that wait under its key. */
export type Correlation<Data = unknown> =
  | {
      /** Id of the instance that the event starts. */
      readonly starts: string;
      /** Keys under which later events find it, such as `person:p-1`; what was remembered under them is told at once. */
      readonly keys: readonly string[];
    }
  | {
      readonly key: string;
      /**
       * Keep the event for instances that start after it, because cross-topic order is not defined: with this data,
       * which is what `react` needs of it and no more. It stays for ever, so personal data is left out.
       */
      readonly remember?: Data;
    };

/** `failed` is for what a person must see: the reason is in `failure`. */
export type SagaStatus = 'running' | 'completed' | 'failed';

/** What a saga does about an input: everything in it is written in one transaction with the consumer's position. */
export type SagaReaction<State, C extends Command, P extends DomainEvent = never> = {
  readonly state: State;
  readonly status: SagaStatus;
  /** Why it failed, in a sentence for people. Without it an earlier one stands. */
  readonly failure?: string;
  /**
   * Sent to command-api one after the other, each with an idempotency key made of instance, cause and place. When one is
   * refused and the saga reacts to that, the rest is dropped.
   */
  readonly commands?: readonly C[];
  /** Public events about the instance, announced through the outbox with an id made of instance, cause and place. */
  readonly announcements?: readonly P[];
  /** Further keys, for events that the commands above will cause. */
  readonly keys?: readonly string[];
  /** A timeout is told after so long, counted from now; null: never. Without it an earlier one stands. */
  readonly timeoutMs?: number | null;
};

/**
 * A process across aggregates as a pure function: no I/O, no clock, no randomness. Events that it does not name do not
 * reach it; each that does reaches an instance once, in the order of its aggregate.
 */
export type Saga<E extends DomainEvent, State, C extends Command, P extends DomainEvent = never> = {
  /** Name of the saga, its consumer group and its app. */
  readonly name: string;
  readonly topics: readonly string[];
  readonly correlate: {
    readonly [Type in E['type']]: (
      event: RecordedEvent<Extract<E, { type: Type }>>,
    ) => Correlation<Extract<E, { type: Type }>['data']>;
  };
  /**
   * `state` is undefined for the input that starts the instance. `undefined` as the answer changes nothing: the input is
   * none of its business, and commands that follow a refused one are sent all the same.
   */
  react(state: State | undefined, input: SagaInput<E, C>): SagaReaction<State, C, P> | undefined;
};
