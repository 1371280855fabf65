import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordedEvent } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { readSaga } from './saga-reports.ts';
import { booked, guestArrived, TripMember, TRIPS_PUBLIC_TOPIC, tripSaga, tripStarted } from './trip.fixture.ts';

let created: TestDatabase;
let owner: Database;
let projector: Database;
let member: TripMember;
beforeAll(async () => {
  created = await createTestDatabase([TRIPS_PUBLIC_TOPIC]);
  owner = openDatabase({ url: created.url, poolSize: 2 });
  projector = openDatabase({ url: created.roleUrls.projector, poolSize: 12 });
  member = new TripMember(projector);
});
afterAll(async () => {
  await Promise.all([owner.close(), projector.close()]);
  await created.drop();
});

const names = () => {
  const id = randomUUID();
  return { trip: `t-${id}`, guest: `g-${id}`, booking: `b-t-${id}` };
};
const reportOf = (instanceId: string, tenantId = 'acme') =>
  readSaga(projector, { saga: tripSaga.name, tenantId, instanceId });
const announcementsOf = async (trip: string) =>
  (await owner.query('select * from outbox.outbox_messages where key = $1 order by seq', [trip])).rows;
const contents = async () => {
  const tables = [
    'saga.instances',
    'saga.correlation_keys',
    'saga.remembered_events',
    'saga.commands',
    'outbox.outbox_messages',
  ];
  return Promise.all(
    tables.map(async (table) => (await owner.query(`select * from ${table} t order by t::text`)).rows),
  );
};

describe('a saga in the transaction of its consumer', () => {
  test('CIM-39 CIM-40 T-48 keeps state, keys and commands, in the process of the event that started it', async () => {
    const { trip, guest, booking } = names();
    const started = tripStarted(trip, guest);
    const arrived = guestArrived(guest);
    await member.take([started]);
    expect(await reportOf(trip)).toMatchObject({
      status: 'running',
      state: { step: 'started', tripId: trip, guestId: guest },
      keys: [`guest:${guest}`, `trip:${trip}`],
      commands: [],
      correlationId: 'correlation-of-TripStarted',
      timeoutAt: expect.any(String),
    });
    await member.take([arrived]);
    const report = await reportOf(trip);
    expect(report).toMatchObject({
      state: { step: 'booking' },
      keys: [`booking:${booking}`, `guest:${guest}`, `trip:${trip}`],
      commands: [
        {
          type: 'CreateBooking',
          data: { bookingId: booking, guestId: guest },
          status: 'pending',
          causationId: arrived.eventId,
        },
        { type: 'PayBooking', status: 'pending', causationId: arrived.eventId },
      ],
      pendingCommand: 'CreateBooking',
    });
  });

  test('CIM-41 CIM-10 T-52 announces once, with an id that follows from instance and cause', async () => {
    const { trip, guest, booking } = names();
    await member.take([tripStarted(trip, guest)]);
    await member.take([guestArrived(guest)]);
    const event = booked(booking);
    await member.take([event]);
    expect(await reportOf(trip)).toMatchObject({ status: 'completed', state: { step: 'ready' }, timeoutAt: null });
    const announcements = await announcementsOf(trip);
    expect(announcements).toMatchObject([
      {
        topic: TRIPS_PUBLIC_TOPIC,
        type: 'TripReady',
        key: trip,
        ce_source: 'urn:millrace:trip-saga',
        ce_tenantid: 'acme',
        ce_aggregatetype: 'trip',
        ce_aggregateversion: '1',
        ce_correlationid: 'correlation-of-TripStarted',
        ce_causationid: event.eventId,
        ce_userid: 'trip-saga',
        ce_time: event.occurredAt,
      },
    ]);
    // A saga that has lost everything, and hears the same again: the recipient knows the message by its id.
    await owner.query('delete from saga.instances where instance_id = $1', [trip]);
    await owner.query(`delete from consumer.aggregate_versions where aggregate_id = any($1)`, [[trip, guest, booking]]);
    await member.take([tripStarted(trip, guest)]);
    await member.take([event]);
    const [first, second] = await announcementsOf(trip);
    expect(second?.['id']).toBe(first?.['id']);
  });

  test.each(['the guest first', 'the trip first', 'both in one batch of their partitions'])(
    'T-49 T-50 %s: the trip is booked once, in the process of the trip',
    async (order) => {
      const { trip, guest } = names();
      const started = tripStarted(trip, guest);
      const arrived = guestArrived(guest);
      if (order === 'the guest first') await member.take([arrived]);
      if (order.startsWith('both')) await Promise.all([member.take([started]), member.take([arrived])]);
      else await member.take([started]);
      if (order === 'the trip first') await member.take([arrived]);
      const cause = order === 'the guest first' ? started : arrived;
      const report = await reportOf(trip);
      expect(report?.commands.map(({ type }) => type)).toEqual(['CreateBooking', 'PayBooking']);
      expect(report?.correlationId).toBe('correlation-of-TripStarted');
      if (!order.startsWith('both')) expect(report?.commands[0]?.causationId).toBe(cause.eventId);
    },
  );

  test('T-49 remembers what it needs of an event and nothing else', async () => {
    const { guest } = names();
    await member.take([guestArrived(guest)]);
    const { rows } = await owner.query('select event from saga.remembered_events where key = $1', [`guest:${guest}`]);
    expect(rows).toMatchObject([{ event: { type: 'GuestArrived', data: { guestId: guest } } }]);
    expect(JSON.stringify(rows)).not.toContain('Ada');
  });

  test('T-49 T-50 guest and trip in concurrent transactions never miss each other', async () => {
    const partitions = [1, 2, 3, 4];
    for (let round = 0; round < 40; round += 1) {
      const trips = partitions.map(() => names());
      await Promise.all(
        partitions.flatMap((partition, index) => {
          const { trip, guest } = trips[index] ?? names();
          return [
            retried(() => member.take([tripStarted(trip, guest)], partition)),
            retried(() => member.take([guestArrived(guest)], partition)),
          ];
        }),
      );
      const { rows } = await owner.query<{ commands: number }>(
        'select count(*) as commands from saga.commands where instance_id = any($1)',
        [trips.map(({ trip }) => trip)],
      );
      expect(rows).toEqual([{ commands: 2 * partitions.length }]);
    }
  });

  test('CIM-42 T-35 T-48 T-52 the whole topic again changes nothing, whether the ledger is kept or lost', async () => {
    const trips = Array.from({ length: 5 }, names);
    const histories = [
      trips.map(({ trip, guest }) => tripStarted(trip, guest)),
      trips.map(({ guest }) => guestArrived(guest)),
      trips.map(({ booking }) => booked(booking)),
    ];
    for (const history of histories) await member.take(history);
    const before = await contents();
    for (const history of histories) expect(await member.take(history)).toMatchObject({ applied: 0, repeated: 5 });
    expect(await contents()).toEqual(before);

    await owner.query('delete from consumer.aggregate_versions');
    await owner.query('delete from consumer.positions');
    for (const history of histories) expect(await member.take(history)).toMatchObject({ applied: 5 });
    expect(await contents()).toEqual(before);
  });

  test('CIM-34 T-48 a death between write and commit leaves nothing, and the event is taken once after it', async () => {
    const { trip, guest } = names();
    await member.take([guestArrived(guest)]);
    const before = await contents();
    const dying: Database = {
      ...projector,
      transaction: (work) =>
        projector.transaction(async (transaction) => {
          await work(transaction);
          await transaction.query('select pg_terminate_backend(pg_backend_pid())');
          throw new Error('unreachable');
        }),
    };
    const started = tripStarted(trip, guest);
    await expect(new TripMember(dying).take([started])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await contents()).toEqual(before);
    await member.take([started]);
    expect((await reportOf(trip))?.commands).toHaveLength(2);
  });

  test('the same ids in another tenant are another trip', async () => {
    const { trip, guest } = names();
    const umbrella = { tenantId: 'umbrella' };
    await member.take([tripStarted(trip, guest), tripStarted(trip, guest, umbrella)]);
    await member.take([guestArrived(guest, umbrella)]);
    expect(await reportOf(trip)).toMatchObject({ state: { step: 'started' }, commands: [] });
    expect(await reportOf(trip, 'umbrella')).toMatchObject({ state: { step: 'booking' } });
  });

  test('CIM-43 one event reaches all that wait for it, and later ones the trips that start after', async () => {
    const { guest } = names();
    const trips = [names(), names(), names()].map(({ trip }) => trip);
    await member.take(trips.slice(0, 2).map((trip) => tripStarted(trip, guest)));
    await member.take([guestArrived(guest)]);
    await member.take(trips.slice(2).map((trip) => tripStarted(trip, guest)));
    for (const trip of trips) expect((await reportOf(trip))?.commands).toHaveLength(2);
  });

  test('an event that the saga cannot take is parked with nothing changed, and the others go on', async () => {
    const { trip, guest } = names();
    const arrived: RecordedEvent = guestArrived('boom');
    await member.take([tripStarted(`${trip}-1`, 'boom'), tripStarted(`${trip}-2`, guest)]);
    const result = await member.take([arrived, guestArrived(guest)]);
    expect(result.parked.map(({ reading }) => reading.envelope.eventId)).toEqual([arrived.eventId]);
    expect(await reportOf(`${trip}-1`)).toMatchObject({ state: { step: 'started' }, commands: [] });
    expect(await reportOf(`${trip}-2`)).toMatchObject({ state: { step: 'booking' } });
  });

  test('SHR-33 an event that the saga cannot correlate is parked, and the others of its batch go on', async () => {
    const { trip, guest, booking } = names();
    const lost: RecordedEvent = booked('boom');
    await member.take([tripStarted(trip, guest)]);
    await member.take([guestArrived(guest)]);
    const result = await member.take([lost, booked(booking)]);
    expect(result.parked.map(({ reading }) => reading.envelope.eventId)).toEqual([lost.eventId]);
    expect(await reportOf(trip)).toMatchObject({ status: 'completed', state: { step: 'ready' } });
  });
});

/** As the consumer does: a deadlock or another first owner of a position means to try again. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== '40P01') throw error;
    }
  }
}
