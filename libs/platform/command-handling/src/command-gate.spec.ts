import { randomUUID } from 'node:crypto';

import { beforeEach, describe, expect, it } from '@jest/globals';
import { EventCatalogue } from '@millrace/core';
import { InMemoryEventStore } from '@millrace/event-store';

import { add, context, counter, counterEvents } from './counter.fixture.ts';
import { type CommandGate, CommandHandler } from './index.ts';

const doorEvents = ['DoorShut', 'DoorOpened', 'DoorPainted'].map((type) => ({
  type,
  aggregateType: 'door',
  topic: 'doors.events.v1',
  schemas: { 1: { type: 'record', name: type, namespace: 'doors', fields: [] } },
  upcasters: {},
}));
const catalogue = new EventCatalogue([...counterEvents.definitions, ...doorEvents]);
const gate: CommandGate = {
  aggregateType: 'door',
  events: { DoorShut: { code: 'DOOR_SHUT', detail: 'The door is shut.' }, DoorOpened: 'open' },
};

let store: InMemoryEventStore;
let handler: CommandHandler;
let refused: unknown[];
let id: string;
beforeEach(() => {
  store = new InMemoryEventStore(catalogue);
  refused = [];
  const observer = { rejected: (fact: object) => void refused.push(fact) };
  handler = new CommandHandler({ store, catalogue, gate, observer, aggregatesCached: 10 });
  id = randomUUID();
});

async function happens(...types: string[]): Promise<void> {
  const stream = { tenantId: 'acme', aggregateType: 'door', aggregateId: 'acme' };
  const expectedVersion = (await store.load(stream)).length;
  const { now: occurredAt, ...cause } = context;
  const events = types.map((type) => ({ type, data: {}, eventId: randomUUID(), eventVersion: 1, occurredAt }));
  await store.append({ stream, expectedVersion, events, causation: { ...cause, causationId: 'cause' } });
}

describe('a gate', () => {
  it('T-66 is open without any event, and after events that do not count', async () => {
    expect(await handler.handle(add(id, [1]))).toMatchObject({ outcome: 'accepted' });
    await happens('DoorPainted');
    expect(await handler.handle(add(id, [1]))).toMatchObject({ outcome: 'accepted' });
  });

  it('T-66 closed, refuses every command at once, whatever was cached; opened, lets them pass again', async () => {
    await handler.handle(add(id, [1]));
    await happens('DoorShut', 'DoorPainted');
    for (const aggregateId of [id, randomUUID()]) {
      expect(await handler.handle(add(aggregateId, [1]))).toEqual({
        outcome: 'closed',
        code: 'DOOR_SHUT',
        detail: 'The door is shut.',
        aggregateId,
        version: aggregateId === id ? 1 : 0,
        timestamp: context.now,
        correlationId: 'correlation',
      });
    }
    expect(refused).toEqual([1, 2].map(() => ({ command: 'Add', aggregateType: 'counter', code: 'DOOR_SHUT' })));
    expect(await store.load({ tenantId: 'acme', aggregateType: 'counter', aggregateId: id })).toHaveLength(1);
    await happens('DoorOpened');
    expect(await handler.handle(add(id, [1]))).toMatchObject({ outcome: 'accepted', acknowledgment: { version: 2 } });
  });

  it('T-66 is that of the tenant alone', async () => {
    await happens('DoorShut');
    const globex = { ...context, tenantId: 'globex' };
    expect(await handler.handle(add(id, [1], { context: globex }))).toMatchObject({ outcome: 'accepted' });
  });

  it('T-66 lets pass what is for the gate itself', async () => {
    await happens('DoorShut');
    const decider = { ...counter, aggregateType: 'door' };
    expect(await handler.handle(add(id, [1], { decider }))).toMatchObject({ outcome: 'accepted' });
  });

  it('T-23 T-66 still answers a command that was accepted before', async () => {
    const idempotency = { key: 'key', requestHash: 'hash' };
    const first = await handler.handle(add(id, [1], { idempotency }));
    await happens('DoorShut');
    expect(await handler.handle(add(id, [1], { idempotency }))).toEqual({ ...first, replayed: true });
  });
});
