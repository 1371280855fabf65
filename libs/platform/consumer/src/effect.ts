import type { RecordedEvent } from '@millrace/core';
import type { Transaction } from '@millrace/postgres';

/** What a consumer group does with events, inside the transaction that moves its position. */
export type Effect = {
  /** Effect of one batch. Nothing of it outlives the transaction. */
  begin(transaction: Transaction): Promise<BatchEffect>;
};

/** Effect of one batch: loaded, changed in memory, written once. */
export type BatchEffect = {
  /** Loads (and locks, where several partitions may change it) what the events will change. May be called again. */
  load(events: readonly RecordedEvent[]): Promise<void>;
  /** Version that the effect itself keeps for the event's aggregate; `undefined` where the group's ledger keeps it. */
  versionOf(event: RecordedEvent): number | undefined;
  /** Takes the next event of its aggregate. Pure; what it throws is the event's fault, and the event is parked. */
  apply(event: RecordedEvent): void;
  /** Writes all that changed. */
  write(): Promise<void>;
};
