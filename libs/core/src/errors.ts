/**
 * Catalogue of platform errors: code → whether trying again can help, and what it means. `docs/errors.md` is tested
 * against this list. Refusals of a domain are not errors: see `Decision`.
 */
export const errorCatalogue = {
  CONFIG_INVALID: { retriable: false, meaning: 'The environment of the process is incomplete or malformed.' },
  VERSION_CONFLICT: { retriable: true, meaning: 'Another writer appended to the aggregate first.' },
  DUPLICATE_EVENT: { retriable: false, meaning: 'An event with the same id is already stored for the tenant.' },
  IDEMPOTENCY_KEY_TAKEN: { retriable: true, meaning: 'A command with the same idempotency key committed first.' },
  IDEMPOTENCY_KEY_REUSED: { retriable: false, meaning: 'The idempotency key belongs to a different request.' },
  UNKNOWN_EVENT_TYPE: {
    retriable: false,
    meaning: 'A stored event has a type or version that the catalogue does not know.',
  },
  CORRUPT_STREAM: { retriable: false, meaning: 'The stored events of an aggregate cannot have come from its decider.' },
  VERSION_NOT_REACHED: {
    retriable: true,
    meaning: 'The aggregate or the read model has not reached the version asked for.',
  },
  UNKNOWN_HANDLER: { retriable: false, meaning: 'No handler is registered under the name.' },
  DUPLICATE_HANDLER: { retriable: false, meaning: 'Two handlers were registered under one name.' },
  STORE_UNAVAILABLE: { retriable: true, meaning: 'Postgres cannot be reached or is shutting down.' },
  REGISTRY_UNAVAILABLE: { retriable: true, meaning: 'The schema registry cannot be reached.' },
  SCHEMA_NOT_REGISTERED: {
    retriable: false,
    meaning: 'The schema of an event has no id yet: run `npx millrace deploy`.',
  },
  SCHEMA_INCOMPATIBLE: { retriable: false, meaning: 'A schema edit would break readers or writers of other versions.' },
  PAYLOAD_INVALID: { retriable: false, meaning: 'An event does not fit its Avro schema.' },
  PAYLOAD_TOO_LARGE: { retriable: false, meaning: 'An encoded event is larger than the outbox accepts.' },
  RECORD_MALFORMED: { retriable: false, meaning: 'A Kafka record lacks a header or is not Confluent-framed Avro.' },
  POSITION_FENCED: { retriable: true, meaning: 'Another member of the consumer group has moved the position.' },
  STORE_WENT_BACK: {
    retriable: true,
    meaning:
      'The database is older than what was stored in it: it was put back, and `npx millrace recover` has not run yet.',
  },
  EVENT_GAP: { retriable: false, meaning: 'An event arrived before an earlier one of its aggregate.' },
  PROJECTION_OUTDATED: {
    retriable: false,
    meaning: 'The read model was rebuilt by a newer version of the projection than this process has.',
  },
  REBUILD_REFUSED: {
    retriable: false,
    meaning: 'A rebuild, a comparison or a switch of a read model cannot be done now; the message says why.',
  },
  PARKING_FAILED: { retriable: true, meaning: 'Events that a group cannot handle could not be set aside either.' },
  DEAD_LETTER_INVALID: { retriable: false, meaning: 'A parked event is not there, or cannot be treated as asked.' },
  SUBSCRIPTION_INVALID: {
    retriable: false,
    meaning: 'A subscription has a malformed pattern, or names an event type that does not exist.',
  },
  KAFKA_UNAVAILABLE: { retriable: true, meaning: 'The brokers cannot be reached.' },
  CONNECT_UNAVAILABLE: { retriable: true, meaning: 'Kafka Connect cannot be reached.' },
  PREFLIGHT_FAILED: { retriable: false, meaning: 'Something that must exist before the app may work is missing.' },
  BACKUP_DAMAGED: {
    retriable: false,
    meaning: 'A backup lacks a file or an increment, or is not as it was written.',
  },
  RESTORE_REFUSED: {
    retriable: false,
    meaning: 'The backup and the database do not fit together; nothing was changed.',
  },
  STACK_FAILED: { retriable: false, meaning: 'A component of the embedded stack did not start.' },
} as const satisfies Record<string, { retriable: boolean; meaning: string }>;

/** Stable code of a platform error. */
export type ErrorCode = keyof typeof errorCatalogue;

/** A fault of the platform: a stable `code`, whether a retry can help, and the `cause` where there is one. */
export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly retriable: boolean;
  /** Facts for programs: versions, names, positions. Never secrets, never payloads. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; facts?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MillraceError';
    this.code = code;
    this.retriable = errorCatalogue[code].retriable;
    this.facts = options.facts ?? {};
  }
}

/** Whether `error` is a MillraceError with one of the codes. */
export function isMillraceError(error: unknown, ...codes: ErrorCode[]): error is MillraceError {
  return error instanceof MillraceError && (codes.length === 0 || codes.includes(error.code));
}
