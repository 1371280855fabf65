/** One instance of a saga in memory: what it is told changes it here, and is written once. */
import type { Command, DomainEvent, SagaReaction, SagaStatus } from '@millrace/core';
import { v5 as uuidv5 } from 'uuid';

/** Names an instance within its saga. */
export type InstanceId = { readonly tenantId: string; readonly instanceId: string };

/** An instance as it is stored. */
export type StoredInstance = InstanceId & {
  readonly status: SagaStatus;
  readonly state: unknown;
  readonly failure: string | null;
  readonly correlationId: string;
  readonly lastEventId: string;
  readonly traceparent: string;
  readonly announced: number;
};

/** What an instance reacts to: an event, the refusal of a command, or its timeout. */
export type Cause = {
  /** Names it among all causes of the instance: with the place it makes the ids of commands and announcements. */
  readonly id: string;
  /** Event behind it: what commands and announcements name as their cause. */
  readonly eventId: string;
  readonly traceparent: string;
  /** RFC 3339. */
  readonly at: string;
};

/** A command to send. */
export type SagaCommand = InstanceId &
  Command & {
    /** Also its idempotency key. */
    readonly id: string;
    readonly cause: string;
    readonly correlationId: string;
    readonly causationId: string;
    readonly traceparent: string;
  };

/** A public event to announce. */
export type Announcement = InstanceId & {
  readonly id: string;
  readonly event: DomainEvent;
  /** 1 for the first of the instance. */
  readonly version: number;
  readonly correlationId: string;
  readonly cause: Cause;
};

/** Ids of version 5 in this name space stem from sagas. */
const NAMESPACE = '5d0b1f8e-6c57-4a3e-9f0e-2a7f6f1f7c11';

/** An instance and what it was told since it was loaded. */
export class SagaInstance {
  readonly #saga: string;
  #stored: StoredInstance;
  #changed = false;
  #timeoutMs: number | null | undefined;
  readonly #keys: string[] = [];
  readonly #commands: SagaCommand[] = [];
  readonly #announcements: Announcement[] = [];

  constructor(saga: string, stored: StoredInstance) {
    this.#saga = saga;
    this.#stored = stored;
  }

  get stored(): StoredInstance {
    return this.#stored;
  }

  get changed(): boolean {
    return this.#changed;
  }

  /** Milliseconds from now, null for never, `undefined` to leave it as it is. */
  get timeoutMs(): number | null | undefined {
    return this.#timeoutMs;
  }

  /** Keys to add. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  get commands(): readonly SagaCommand[] {
    return this.#commands;
  }

  get announcements(): readonly Announcement[] {
    return this.#announcements;
  }

  register(keys: readonly string[]): void {
    this.#keys.push(...keys);
  }

  /** Takes what the saga has answered. */
  take(reaction: SagaReaction<unknown, Command, DomainEvent>, cause: Cause): void {
    const { status, state, failure, keys = [], commands = [], announcements = [] } = reaction;
    this.register(keys);
    for (const command of commands) this.#commands.push(this.#commandFrom(command, cause));
    for (const event of announcements) this.#announcements.push(this.#announcementOf(event, cause));
    if (reaction.timeoutMs !== undefined) this.#timeoutMs = reaction.timeoutMs;
    this.#changed = true;
    this.#stored = {
      ...this.#stored,
      status,
      state,
      failure: status === 'failed' ? (failure ?? this.#stored.failure) : null,
      lastEventId: cause.eventId,
      traceparent: cause.traceparent,
      announced: this.#stored.announced + announcements.length,
    };
  }

  #commandFrom({ type, data }: Command, cause: Cause): SagaCommand {
    const { tenantId, instanceId, correlationId } = this.#stored;
    const place = this.#commands.filter((earlier) => earlier.cause === cause.id).length;
    return {
      id: this.#idOf('command', cause, place),
      tenantId,
      instanceId,
      cause: cause.id,
      type,
      data,
      correlationId,
      causationId: cause.eventId,
      traceparent: cause.traceparent,
    };
  }

  #announcementOf(event: DomainEvent, cause: Cause): Announcement {
    const { tenantId, instanceId, correlationId, announced } = this.#stored;
    const sameCause = this.#announcements.filter((earlier) => earlier.cause.id === cause.id).length;
    const version = announced + 1 + this.#announcements.filter(({ version: given }) => given > announced).length;
    return {
      id: this.#idOf('announcement', cause, sameCause),
      tenantId,
      instanceId,
      event,
      version,
      correlationId,
      cause,
    };
  }

  #idOf(kind: 'command' | 'announcement', cause: Cause, place: number): string {
    const { tenantId, instanceId } = this.#stored;
    return uuidv5(JSON.stringify([this.#saga, tenantId, instanceId, cause.id, kind, place]), NAMESPACE);
  }
}
