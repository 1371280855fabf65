/** A small saga for specs: a trip waits for its guest, books, and tells when it is booked. */
import { randomUUID } from 'node:crypto';

import { applyBatch, type BatchResult, type RecordDecoder, RecordReader } from '@millrace/consumer';
import {
  type Command,
  type DomainEvent,
  EventCatalogue,
  MillraceError,
  type RecordedEvent,
  type Saga,
  type SagaReaction,
} from '@millrace/core';
import type { LogRecord } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';

import { outboxAnnouncer } from './announcer.ts';
import { InstanceStore } from './instance-store.ts';
import { type AnySaga, sagaEffect } from './saga-effect.ts';

export const TRIPS_TOPIC = 'trips.events.v1';
export const GUESTS_TOPIC = 'guests.events.v1';
export const BOOKINGS_TOPIC = 'bookings.events.v1';
export const TRIPS_PUBLIC_TOPIC = 'trips.public.v1';

export type TripEvent =
  | DomainEvent<'TripStarted', { tripId: string; guestId: string }>
  | DomainEvent<'GuestArrived', { guestId: string; name?: string }>
  | DomainEvent<'Booked', { bookingId: string }>;
type TripCommand =
  | Command<'CreateBooking', { bookingId: string; guestId: string }>
  | Command<'PayBooking', { bookingId: string; amount: string }>
  | Command<'CancelBooking', { bookingId: string; reason: string }>;
type TripReady = DomainEvent<'TripReady', { tripId: string }>;
type Trip = { readonly step: string; readonly tripId: string; readonly guestId: string };

/** The guest `boom` is a bug: the saga throws where it reacts. The booking `boom` is one where it correlates. */
export const tripSaga: Saga<TripEvent, Trip, TripCommand, TripReady> = {
  name: 'trip-saga',
  topics: [TRIPS_TOPIC, GUESTS_TOPIC, BOOKINGS_TOPIC],
  correlate: {
    TripStarted: ({ data }) => ({ starts: data.tripId, keys: [`trip:${data.tripId}`, `guest:${data.guestId}`] }),
    GuestArrived: ({ data: { guestId } }) => ({ key: `guest:${guestId}`, remember: { guestId } }),
    Booked: ({ data }) => ({ key: keyOfBooking(data.bookingId) }),
  },
  react(state, input) {
    if (input.kind === 'event') return hear(state, input.event);
    if (!state) return undefined;
    if (input.kind === 'timeout') {
      return { state: { ...state, step: 'late' }, status: 'failed', failure: 'the guest did not come' };
    }
    if (input.command.type === 'CancelBooking') return undefined;
    const failure = `${input.command.type}: ${input.code}: ${input.detail}`;
    const cancel: TripCommand = {
      type: 'CancelBooking',
      data: { bookingId: `b-${state.tripId}`, reason: 'refused' },
    };
    return { state: { ...state, step: 'refused' }, status: 'failed', failure, commands: [cancel], timeoutMs: null };
  },
};

function keyOfBooking(bookingId: string): string {
  if (bookingId === 'boom') throw new Error('boom');
  return `booking:${bookingId}`;
}

function hear(state: Trip | undefined, event: TripEvent): SagaReaction<Trip, TripCommand, TripReady> | undefined {
  if (event.type === 'TripStarted') {
    return { state: { step: 'started', ...event.data }, status: 'running', timeoutMs: 60_000 };
  }
  if (!state) return undefined;
  if (event.type === 'GuestArrived' && state.step === 'started') return book(state);
  if (event.type !== 'Booked' || state.step !== 'booking') return undefined;
  const { tripId } = state;
  const announcements = [{ type: 'TripReady', data: { tripId } } as const];
  return { state: { ...state, step: 'ready' }, status: 'completed', announcements, timeoutMs: null };
}

function book(state: Trip) {
  const { tripId, guestId } = state;
  if (guestId === 'boom') throw new Error('boom');
  const bookingId = `b-${tripId}`;
  const commands: TripCommand[] = [
    { type: 'CreateBooking', data: { bookingId, guestId } },
    { type: 'PayBooking', data: { bookingId, amount: '10.00' } },
  ];
  return { state: { ...state, step: 'booking' }, status: 'running' as const, commands, keys: [`booking:${bookingId}`] };
}

/** The saga as the runtime takes it. */
export const anyTripSaga = tripSaga as unknown as AnySaga;

export const tripRoutes = [
  {
    plural: 'bookings',
    idField: 'bookingId',
    verbs: { CreateBooking: 'create', PayBooking: 'pay', CancelBooking: 'cancel' },
  },
];

const define = (type: string, aggregateType: string, topic: string) => ({
  type,
  aggregateType,
  topic,
  schemas: { 1: { namespace: aggregateType, name: type } },
  upcasters: {},
});
export const tripEvents = new EventCatalogue([
  define('TripStarted', 'trip', TRIPS_TOPIC),
  define('GuestArrived', 'guest', GUESTS_TOPIC),
  define('Booked', 'booking', BOOKINGS_TOPIC),
]);
const publicEvents = new EventCatalogue([define('TripReady', 'trip', TRIPS_PUBLIC_TOPIC)]);

const encoder = { encode: (_: string, data: unknown) => Buffer.from(JSON.stringify(data)) };

/** The stored instances of the saga, with announcements in JSON. */
export const tripStore = new InstanceStore(
  tripSaga.name,
  outboxAnnouncer({ saga: tripSaga.name, catalogue: publicEvents, encoder }),
);

const topicOf = (type: string) => tripEvents.definition(type).topic;

/** An event of an aggregate; `change` may say another tenant, id or correlation. */
export function tripEvent(event: TripEvent, change: Partial<Omit<RecordedEvent, 'type' | 'data'>> = {}): RecordedEvent {
  const [aggregateId = ''] = Object.values(event.data);
  return {
    tenantId: 'acme',
    aggregateType: tripEvents.definition(event.type).aggregateType,
    aggregateId,
    sequenceNumber: 1,
    eventId: randomUUID(),
    eventVersion: 1,
    occurredAt: '2026-01-02T03:04:05.678Z',
    correlationId: `correlation of ${event.type}`.replaceAll(' ', '-'),
    causationId: 'causation',
    userId: 'alice',
    sessionId: 'session',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    metadata: {},
    ...event,
    ...change,
  };
}

export const tripStarted = (tripId: string, guestId: string, change?: Partial<RecordedEvent>) =>
  tripEvent({ type: 'TripStarted', data: { tripId, guestId } }, change);
export const guestArrived = (guestId: string, change?: Partial<RecordedEvent>) =>
  tripEvent({ type: 'GuestArrived', data: { guestId, name: 'Ada' } }, change);
export const booked = (bookingId: string, change?: Partial<RecordedEvent>) =>
  tripEvent({ type: 'Booked', data: { bookingId } }, change);

/** Key, value (JSON) and headers of an event's record. */
export function wireOf(event: RecordedEvent) {
  return {
    key: event.aggregateId,
    value: Buffer.from(JSON.stringify(event.data)),
    headers: {
      ce_specversion: '1.0',
      ce_id: event.eventId,
      ce_type: event.type,
      ce_time: event.occurredAt,
      ce_tenantid: event.tenantId,
      ce_aggregatetype: event.aggregateType,
      ce_subject: event.aggregateId,
      ce_aggregateversion: String(event.sequenceNumber),
      ce_eventversion: '1',
      ce_correlationid: event.correlationId,
      ce_causationid: event.causationId,
      ce_userid: event.userId,
      ce_sessionid: event.sessionId,
      traceparent: event.traceparent,
    },
  };
}

export const jsonDecoder: RecordDecoder = {
  decode: async (value) => {
    if (!value) throw new MillraceError('RECORD_MALFORMED', 'no value');
    return { data: JSON.parse(value.toString()) as unknown };
  },
};

const reader = new RecordReader(jsonDecoder, tripEvents);

/** A member of the saga's group without Kafka: it takes events of one topic, batch by batch, from its stored position. */
export class TripMember {
  readonly #database: Database;
  readonly #group: string;

  constructor(database: Database, group: string = tripSaga.name) {
    this.#database = database;
    this.#group = group;
  }

  /** Applies events of one topic as one batch of a partition, behind what the group has had there. */
  async take(events: readonly RecordedEvent[], partition = 0): Promise<BatchResult> {
    const topic = topicOf(events[0]?.type ?? '');
    const at = { group: this.#group, topic, partition };
    const { rows } = await this.#database.query<{ next_offset: number }>(
      'select next_offset from consumer.positions where consumer_group = $1 and topic = $2 and partition = $3',
      [this.#group, topic, partition],
    );
    const from = rows[0]?.next_offset;
    const records: LogRecord[] = events.map((event, index) => ({
      ...wireOf(event),
      offset: (from ?? 0) + index,
      timestampMs: Date.parse(event.occurredAt),
    }));
    const readings = await Promise.all(records.map((record) => reader.read(record)));
    const parts = { database: this.#database, catalogue: tripEvents, effect: sagaEffect(anyTripSaga, tripStore) };
    return applyBatch(parts, { at, from, nextOffset: (from ?? 0) + events.length, readings });
  }
}
