import type { BatchEffect, Effect } from '@millrace/consumer';
import type { Command, Correlation, DomainEvent, RecordedEvent, Saga, SagaReaction } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

import type { InstanceStore, RememberedEvent, TenantKey } from './instance-store.ts';
import { type Cause, type InstanceId, SagaInstance } from './saga-instance.ts';

/** Any saga: its own types end where its rows begin. */
export type AnySaga = Saga<DomainEvent, unknown, Command, DomainEvent>;

/**
 * A saga as the effect of a consumer group: instances, keys, remembered events, commands to send and announcements are
 * written in the transaction that moves the position.
 */
export function sagaEffect(saga: AnySaga, store: InstanceStore): Effect {
  return { begin: async (transaction) => new BatchOfSaga({ saga, store }, transaction) };
}

type SagaParts = { readonly saga: AnySaga; readonly store: InstanceStore };

class BatchOfSaga implements BatchEffect {
  readonly #parts: SagaParts;
  readonly #transaction: Transaction;
  readonly #instances = new Map<string, SagaInstance>();
  /** Instances under a key, by the text of both. */
  readonly #waiting = new Map<string, Set<string>>();
  readonly #remembered = new Map<string, RecordedEvent[]>();
  /** Keys whose remembered events have been loaded. */
  readonly #recalled = new Set<string>();
  readonly #toRemember: RememberedEvent[] = [];

  constructor(parts: SagaParts, transaction: Transaction) {
    this.#parts = parts;
    this.#transaction = transaction;
  }

  async load(events: readonly RecordedEvent[]): Promise<void> {
    const { store } = this.#parts;
    const found = events.flatMap((event) => this.#findable(event));
    const starts = found.flatMap(({ tenantId, correlation }) =>
      'starts' in correlation ? [{ tenantId, ...correlation }] : [],
    );
    const startKeys = starts.flatMap(({ tenantId, keys }) => keys.map((key) => ({ tenantId, key })));
    const eventKeys = found.flatMap(({ tenantId, correlation }) =>
      'key' in correlation ? [{ tenantId, key: correlation.key, remember: correlation.remember !== undefined }] : [],
    );
    await store.lockKeys(this.#transaction, [...startKeys, ...eventKeys.filter(({ remember }) => remember)]);
    const waiting = await store.instancesUnder(this.#transaction, eventKeys);
    for (const { instanceId, ...key } of waiting) this.#wait(key, { tenantId: key.tenantId, instanceId });
    await this.#loadInstances([
      ...starts.map(({ tenantId, starts: instanceId }) => ({ tenantId, instanceId })),
      ...waiting,
    ]);
    const fresh = startKeys.filter((key) => !this.#recalled.has(keyText(key)));
    for (const key of fresh) this.#recalled.add(keyText(key));
    for (const { event, ...key } of await store.remembered(this.#transaction, fresh)) this.#keep(key, event);
  }

  /** The ledger of the group keeps them: an instance gathers many aggregates. */
  versionOf(): undefined {
    return undefined;
  }

  apply(event: RecordedEvent): void {
    const [found] = this.#correlated(event);
    if (!found) return;
    const { tenantId, correlation } = found;
    if ('starts' in correlation) this.#start(event, correlation);
    else this.#tell(event, { tenantId, key: correlation.key }, correlation.remember);
  }

  async write(): Promise<void> {
    await this.#parts.store.save(this.#transaction, [...this.#instances.values()]);
    await this.#parts.store.remember(this.#transaction, this.#toRemember);
  }

  /** An instance that exists is not started again, whatever is redelivered. */
  #start(event: RecordedEvent, { starts: instanceId, keys }: Extract<Correlation, { starts: string }>): void {
    const { tenantId } = event;
    const id = { tenantId, instanceId };
    if (this.#instances.has(idText(id))) return;
    const remembered = keys.flatMap((key) => this.#remembered.get(keyText({ tenantId, key })) ?? []);
    const reactions: Reaction[] = [];
    // All answers first: what throws on the way must leave nothing behind.
    for (const told of [event, ...remembered]) {
      const reaction = this.#react(reactions.at(-1)?.state, told);
      if (reaction) reactions.push(reaction);
      else if (reactions.length === 0) return;
    }
    const instance = new SagaInstance(this.#parts.saga.name, newInstance(id, event));
    instance.register(keys);
    for (const reaction of reactions) instance.take(reaction, causeOf(event));
    this.#instances.set(idText(id), instance);
    for (const key of instance.keys) this.#wait({ tenantId, key }, id);
  }

  #tell(event: RecordedEvent, at: TenantKey, remember: unknown): void {
    const { tenantId } = event;
    const told = [...(this.#waiting.get(keyText(at)) ?? [])].flatMap((text) => {
      const instance = this.#instances.get(text);
      const reaction = instance && this.#react(instance.stored.state, event);
      return reaction ? [{ instance, reaction }] : [];
    });
    for (const { instance, reaction } of told) {
      instance.take(reaction, causeOf(event));
      for (const key of reaction.keys ?? []) this.#wait({ tenantId, key }, instance.stored);
    }
    if (remember === undefined) return;
    const kept = { ...event, data: remember };
    this.#toRemember.push({ ...at, event: kept });
    this.#keep(at, kept);
  }

  #react(state: unknown, event: RecordedEvent): Reaction | undefined {
    return this.#parts.saga.react(state, { kind: 'event', event });
  }

  async #loadInstances(ids: readonly InstanceId[]): Promise<void> {
    const { saga, store } = this.#parts;
    const fresh = ids.filter((id) => !this.#instances.has(idText(id)));
    for (const stored of await store.load(this.#transaction, fresh)) {
      this.#instances.set(idText(stored), new SagaInstance(saga.name, stored));
    }
  }

  /** Nothing for an event that cannot be correlated: it loads nothing, and `apply` refuses it alone, not the batch. */
  #findable(event: RecordedEvent): { readonly tenantId: string; readonly correlation: Correlation }[] {
    try {
      return this.#correlated(event);
    } catch {
      return [];
    }
  }

  /** How an event finds its instances; nothing, where the saga does not name its type. */
  #correlated(event: RecordedEvent): { readonly tenantId: string; readonly correlation: Correlation }[] {
    const correlate: ((event: RecordedEvent) => Correlation) | undefined = this.#parts.saga.correlate[event.type];
    return correlate ? [{ tenantId: event.tenantId, correlation: correlate(event) }] : [];
  }

  #wait(key: TenantKey, id: InstanceId): void {
    const text = keyText(key);
    const ids = this.#waiting.get(text) ?? new Set();
    this.#waiting.set(text, ids.add(idText(id)));
  }

  #keep(key: TenantKey, event: RecordedEvent): void {
    const text = keyText(key);
    this.#remembered.set(text, [...(this.#remembered.get(text) ?? []), event]);
  }
}

type Reaction = SagaReaction<unknown, Command, DomainEvent>;

function newInstance(id: InstanceId, { correlationId, eventId, traceparent }: RecordedEvent) {
  const empty = { status: 'running', state: undefined, failure: null, announced: 0 } as const;
  return { ...id, ...empty, correlationId, lastEventId: eventId, traceparent };
}

function causeOf({ eventId, traceparent, occurredAt }: RecordedEvent): Cause {
  return { id: eventId, eventId, traceparent, at: occurredAt };
}

function idText({ tenantId, instanceId }: InstanceId): string {
  return JSON.stringify([tenantId, instanceId]);
}

function keyText({ tenantId, key }: TenantKey): string {
  return JSON.stringify([tenantId, key]);
}
