import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { EventEncoder, registerSchemas } from '@millrace/avro';
import { EventCatalogue, type RecordedEvent } from '@millrace/core';
import { ensureTopics } from '@millrace/kafka';
import { groupNames, openTestProducer, type TestProducer } from '@millrace/kafka/testing';
import { eventually, testServices } from '@millrace/testing';

import { counterEvent, wireOf } from './counter.fixture.ts';
import { subscribe, type Subscription, type SubscriptionOptions } from './subscription.ts';

const { kafkaBrokers: brokers, schemaRegistryUrl: registryUrl } = testServices();

// Topics of this run alone: people change and jobs start on them.
const run = `s${process.pid}x${Date.now()}`;
const topics = { persons: `${run}p.events.v1`, jobs: `${run}j.events.v1` };
const define = (type: string, topic: string) => ({
  type,
  aggregateType: 'counter',
  topic,
  schemas: {
    1: { type: 'record', name: type, namespace: run, doc: 'd', fields: [{ name: 'by', type: 'long', doc: 'd' }] },
  },
  upcasters: {},
});
const catalogue = new EventCatalogue([
  define('PersonCreated', topics.persons),
  define('PersonEmailChanged', topics.persons),
  define('JobStarted', topics.jobs),
]);

let producer: TestProducer;
let encoder: EventEncoder;
beforeAll(async () => {
  producer = await openTestProducer(brokers);
  const specs = Object.values(topics).map((name) => ({ name, partitions: 2, replicationFactor: 1 }));
  await ensureTopics({ brokers }, specs);
  encoder = new EventEncoder([catalogue], await registerSchemas({ registryUrl, catalogues: [catalogue] }));
});
const open: Subscription[] = [];
afterEach(() => Promise.all(open.splice(0).map((subscription) => subscription.unsubscribe())));
afterAll(() => producer.close());

type Heard = { readonly events: RecordedEvent[]; readonly errors: unknown[]; readonly subscription: Subscription };

async function listen(options: Partial<SubscriptionOptions> & Pick<SubscriptionOptions, 'events'>): Promise<Heard> {
  const events: RecordedEvent[] = [];
  const errors: unknown[] = [];
  const subscription = await subscribe({
    brokers,
    registryUrl,
    catalogue,
    onEvent: (event) => void events.push(event),
    onError: (error) => void errors.push(error),
    ...options,
  });
  open.push(subscription);
  return { events, errors, subscription };
}

let made = 0;
const recordOf = (event: RecordedEvent) => ({
  ...wireOf(event),
  value: encoder.encode(event.type, event.data),
});

function madeUp(type: string, aggregateId: string, version = 1): RecordedEvent {
  return counterEvent(aggregateId, version, { type, data: { by: made }, eventVersion: 1 } as never);
}

const happened: RecordedEvent[] = [];
/** Puts an event of a new aggregate on its topic. */
async function happens(type: string): Promise<RecordedEvent> {
  made += 1;
  const event = madeUp(type, `c-${made}`);
  await producer.send(catalogue.definition(type).topic, [recordOf(event)]);
  happened.push(event);
  return event;
}

/** Puts a value that cannot be read before the next event: where the next one has come, it has been passed. */
async function garbage(type: string): Promise<void> {
  const event = counterEvent(`c-${made + 1}`, 1, { type, data: { by: 0 } } as never);
  await producer.send(catalogue.definition(type).topic, [{ ...wireOf(event), value: 'no Avro' }]);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const subscriptionGroups = async () =>
  (await groupNames(brokers)).filter((name) => name.startsWith('millrace-subscription-'));

describe('subscribe', () => {
  test('CIM-21 CIM-33 a pattern brings the events that it means as they commit, each with its whole envelope', async () => {
    await happens('PersonEmailChanged');
    const { events, errors } = await listen({ events: `events.${run}p.PersonEmailChanged` });
    const wanted = [await happens('PersonEmailChanged')];
    await happens('PersonCreated');
    await happens('JobStarted');
    wanted.push(await happens('PersonEmailChanged'));
    await eventually(() => events.length === 2);
    expect(events.toSorted((a, b) => a.aggregateId.localeCompare(b.aggregateId, 'en', { numeric: true }))).toEqual(
      wanted,
    );
    expect(errors).toEqual([]);
  });

  test('CIM-32 an event that is not meant is told by its header: its value is never decoded', async () => {
    const { events, errors } = await listen({ events: ['PersonCreated'] });
    await garbage('PersonEmailChanged');
    await happens('PersonCreated');
    await eventually(() => events.length === 1);
    expect(errors).toEqual([]);
  });

  test('CIM-21 from the beginning, every event of every topic that is meant, once', async () => {
    for (const type of ['PersonCreated', 'PersonEmailChanged', 'JobStarted']) await happens(type);
    const { events } = await listen({ events: ['PersonCreated', 'JobStarted'], from: 'beginning' });
    const last = await happens('JobStarted');
    const wanted = happened.filter(({ type }) => type !== 'PersonEmailChanged').map(({ eventId }) => eventId);
    await eventually(() => events.length >= wanted.length);
    expect(wanted).toContain(last.eventId);
    expect(events.map(({ eventId }) => eventId).sort()).toEqual(wanted.sort());
  });

  test('ACC-37 after unsubscribe nothing is called any more, and the group is gone; a second time changes nothing', async () => {
    const before = new Set(await subscriptionGroups());
    const { events, subscription } = await listen({ events: '>' });
    await happens('JobStarted');
    await eventually(() => events.length === 1);
    const own = (await subscriptionGroups()).filter((name) => !before.has(name));
    expect(own).toHaveLength(1);
    await Promise.all([subscription.unsubscribe(), subscription.unsubscribe()]);
    await happens('JobStarted');
    expect(await subscriptionGroups()).not.toContain(own[0]);
    await subscription.unsubscribe();
    await expect(subscription.ended).resolves.toBeUndefined();
    await pause(1_000);
    expect(events).toHaveLength(1);
  });

  test('ACC-37 unsubscribe waits for the call under way and lets no other begin', async () => {
    const release = Promise.withResolvers<void>();
    const calls = { begun: 0, ended: 0 };
    const { subscription } = await listen({
      events: ['JobStarted'],
      onEvent: async () => {
        calls.begun += 1;
        await release.promise;
        calls.ended += 1;
      },
    });
    const batch = [1, 2, 3, 4].map((version) => madeUp('JobStarted', 'batch', version));
    await producer.send(topics.jobs, batch.map(recordOf));
    await eventually(() => calls.begun === 1);
    const left = subscription.unsubscribe();
    await pause(200);
    expect(calls).toEqual({ begun: 1, ended: 0 });
    release.resolve();
    await left;
    expect(calls).toEqual({ begun: 1, ended: 1 });
  });

  test('ACC-37 a callback that fails, and a record that cannot be read, are told; the next event follows', async () => {
    const events: RecordedEvent[] = [];
    const broken = new Error('on purpose');
    const { errors } = await listen({
      events: ['JobStarted'],
      onEvent: (event) => {
        events.push(event);
        if (events.length === 1) throw broken;
      },
    });
    await happens('JobStarted');
    await garbage('JobStarted');
    await happens('JobStarted');
    await eventually(() => events.length === 2 && errors.length === 2);
    expect(errors).toContain(broken);
    expect(errors).toContainEqual(expect.objectContaining({ code: 'RECORD_MALFORMED' }));
  });

  test('ACC-37 T-39 while the registry is away it says so; afterwards nothing is missing and nothing came twice', async () => {
    let away = true;
    const registry = createServer((request, response) => {
      if (away) return void response.writeHead(503).end();
      void fetch(registryUrl.replace(/\/$/, '') + (request.url ?? '')).then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
      });
    }).listen(0);
    const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
    try {
      const { events, errors } = await listen({ events: ['PersonCreated'], registryUrl: url });
      const wanted = await Promise.all([1, 2, 3].map(() => happens('PersonCreated')));
      await eventually(() => errors.length > 0);
      expect(errors[0]).toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
      away = false;
      await eventually(() => events.length >= 3);
      expect(events.map(({ eventId }) => eventId).sort()).toEqual(wanted.map(({ eventId }) => eventId).sort());
    } finally {
      registry.close();
    }
  });

  test('ACC-37 what cannot be subscribed to is a typed error', async () => {
    await expect(listen({ events: ['PersonLost'] })).rejects.toMatchObject({ code: 'SUBSCRIPTION_INVALID' });
    await expect(listen({ events: 'nobody.>' })).rejects.toMatchObject({ code: 'SUBSCRIPTION_INVALID' });
    await expect(listen({ events: '>', brokers: ['127.0.0.1:1'] })).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
    });
  });
});
