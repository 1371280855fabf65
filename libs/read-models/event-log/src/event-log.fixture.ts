/** A hiring as the log sees it: one process over four aggregates, mixed with what has nothing to do with it. */
import type { DomainEvent, RecordedEvent } from '@millrace/core';

/** Ids in the order in which they were made. */
export const eventId = (number: number): string => `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`;

const at = (second: number): string => new Date(Date.UTC(2026, 0, 2, 3, 4, second)).toISOString();

/** What a spec says of an event: the rest is the same for all. */
export type Told = {
  readonly number: number;
  readonly type: string;
  readonly of: readonly [aggregateType: string, aggregateId: string, version: number];
  readonly second: number;
  readonly data?: object;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly tenantId?: string;
};

export function loggedEvent({ number, type, of, second, data = {}, ...told }: Told): RecordedEvent<DomainEvent> {
  const [aggregateType, aggregateId, sequenceNumber] = of;
  return {
    type,
    data,
    tenantId: 'acme',
    aggregateType,
    aggregateId,
    sequenceNumber,
    eventId: eventId(number),
    eventVersion: 1,
    occurredAt: at(second),
    correlationId: 'other',
    causationId: 'command',
    userId: 'alice',
    sessionId: 'none',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    metadata: {},
    ...told,
  };
}

const process = { correlationId: 'hiring-1' };

/** The process in its order: each event names the one that caused it. Two happened in the same millisecond. */
export const hiringProcess: readonly RecordedEvent[] = [
  loggedEvent({ number: 1, type: 'HiringStarted', of: ['hiring', 'h-1', 1], second: 1, ...process }),
  loggedEvent({
    number: 3,
    type: 'EmploymentCreated',
    of: ['employment', 'e-1', 1],
    second: 3,
    causationId: eventId(1),
    data: { personId: 'p-1', terms: { salary: { amount: '10.00', currency: 'EUR' }, skills: ['ts', 'sql'] } },
    ...process,
  }),
  loggedEvent({
    number: 4,
    type: 'HiringCompleted',
    of: ['hiring', 'h-1', 2],
    second: 3,
    causationId: eventId(3),
    ...process,
  }),
];

/** What else happened meanwhile, and in another tenant under the same correlation id. */
export const others: readonly RecordedEvent[] = [
  loggedEvent({ number: 2, type: 'PersonCreated', of: ['person', 'p-1', 1], second: 2, data: { personId: 'p-1' } }),
  loggedEvent({ number: 5, type: 'OrderCreated', of: ['order', 'o-1', 1], second: 4, data: { orderId: 'o-1' } }),
  loggedEvent({ number: 6, type: 'OrderConfirmed', of: ['order', 'o-1', 2], second: 5, data: { orderId: 'o-1' } }),
  loggedEvent({
    number: 7,
    type: 'HiringStarted',
    of: ['hiring', 'h-1', 1],
    second: 1,
    tenantId: 'globex',
    ...process,
  }),
];
