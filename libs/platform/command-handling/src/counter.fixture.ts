import { accept, type Command, type Decider, type DomainEvent, EventCatalogue, reject } from '@millrace/core';
import type { EventStore } from '@millrace/event-store';

import type { CommandContext, CommandRequest } from './command-request.ts';

/** Topic of the events of the specs. */
export const COUNTERS_TOPIC = 'counters.events.v1';

type Add = Command<'Add', { amounts: number[] }>;
/** Adds what is missing, so its events depend on the state it is decided on. */
type RaiseTo = Command<'RaiseTo', { total: number }>;
export type CounterCommand = Add | RaiseTo;
export type Added = DomainEvent<'Added', { amount: number; note?: string }>;
export type Counter = { total: number; amounts: number[]; last: { note: string } | null };

/** A counter that cannot go below zero. */
export const counter: Decider<Counter, CounterCommand, Added, 'COUNTER_BELOW_ZERO'> = {
  aggregateType: 'counter',
  stateVersion: 1,
  initialState: { total: 0, amounts: [], last: null },
  decide({ type, data }, { total }, { now }) {
    const amounts = type === 'Add' ? data.amounts : [data.total - total].filter((missing) => missing > 0);
    if (amounts.reduce((sum, amount) => sum + amount, total) < 0)
      return reject('COUNTER_BELOW_ZERO', 'A counter stays at zero or above.');
    return accept(...amounts.map((amount): Added => ({ type: 'Added', data: { amount, note: now } })));
  },
  evolve({ total, amounts }, { data: { amount, note } }) {
    return { total: total + amount, amounts: [...amounts, amount], last: note === undefined ? null : { note } };
  },
};

/** What is stored of a counter. */
export const counterEvents = new EventCatalogue([
  {
    type: 'Added',
    aggregateType: 'counter',
    topic: COUNTERS_TOPIC,
    schemas: { 1: { type: 'record', name: 'Added', namespace: 'counters', fields: [] } },
    upcasters: {},
  },
]);

/** Who sends the commands of the specs. */
export const context: CommandContext = {
  tenantId: 'acme',
  userId: 'alice',
  sessionId: 'session',
  correlationId: 'correlation',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  now: '2026-01-02T03:04:05.678Z',
};

type CounterRequest = CommandRequest<Counter, CounterCommand, Added, 'COUNTER_BELOW_ZERO'>;

/** Asks to add amounts to a counter. */
export function add(aggregateId: string, amounts: number[], change: Partial<CounterRequest> = {}): CounterRequest {
  return { decider: counter, command: { type: 'Add', data: { amounts } }, aggregateId, context, ...change };
}

/** Asks to raise a counter. */
export function raiseTo(aggregateId: string, total: number, change: Partial<CounterRequest> = {}): CounterRequest {
  return { decider: counter, command: { type: 'RaiseTo', data: { total } }, aggregateId, context, ...change };
}

/** The same store, with some of its methods replaced. */
export function changedStore(store: EventStore, change: Partial<EventStore>): EventStore {
  return {
    append: (append) => store.append(append),
    load: (stream, range) => store.load(stream, range),
    loadForCommand: (stream, needs) => store.loadForCommand(stream, needs),
    readAll: (page) => store.readAll(page),
    latestSnapshot: (stream, wanted) => store.latestSnapshot(stream, wanted),
    saveSnapshot: (stream, snapshot, keep) => store.saveSnapshot(stream, snapshot, keep),
    findAnswer: (tenantId, key) => store.findAnswer(tenantId, key),
    ...change,
  };
}
