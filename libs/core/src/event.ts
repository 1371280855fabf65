/** What happened: a type in the past tense and plain JSON data that is the same in the store and on the topic. */
export type DomainEvent<Type extends string = string, Data = unknown> = { readonly type: Type; readonly data: Data };

/** Who and what caused an event. Set once by the command API, copied to every event, outbox row and record header. */
export type Causation = {
  /** One business process; given by the client or made by the command API. */
  readonly correlationId: string;
  /** What directly caused this: the id of the command, or of the event that a saga reacted to. */
  readonly causationId: string;
  /** Subject of the token. */
  readonly userId: string;
  /** Session of the token (`sid`), or `none`. */
  readonly sessionId: string;
  /** W3C trace context, version 00. */
  readonly traceparent: string;
};

/** Which aggregate: the tenant is part of every key. */
export type StreamId = { readonly tenantId: string; readonly aggregateType: string; readonly aggregateId: string };

/** An event as the store keeps it and as consumers receive it, in its current schema version. */
export type RecordedEvent<E extends DomainEvent = DomainEvent> = E &
  StreamId &
  Causation & {
    readonly eventId: string;
    /** Position in its aggregate: 1, 2, 3 … without gaps. */
    readonly sequenceNumber: number;
    /** Version of the schema that the event was written with; `data` is already upcast to the current one. */
    readonly eventVersion: number;
    /** RFC 3339, UTC, microseconds at most; set by the command API. */
    readonly occurredAt: string;
    readonly metadata: Readonly<Record<string, string>>;
  };
