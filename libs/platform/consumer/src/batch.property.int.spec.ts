import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { foldEvent, type RecordedEvent } from '@millrace/core';
import { createTestDatabase } from '@millrace/testing';
import fc from 'fast-check';

import {
  type CounterDatabase,
  type CounterEvent,
  counterEvent,
  counters,
  days,
  openCounterDatabase,
  recordOf,
} from './counter.fixture.ts';
import { groupMember } from './group-member.fixture.ts';

const added = (by: number): CounterEvent => ({ type: 'Added', data: { by } });

describe('a batch, as a property', () => {
  let databases: CounterDatabase;
  beforeAll(async () => {
    databases = await openCounterDatabase(await createTestDatabase());
  });
  afterAll(() => databases.close());

  const change = fc.oneof(
    fc.integer({ min: 1, max: 9 }).map(added),
    fc
      .string({ maxLength: 5 })
      .map((note): CounterEvent => ({ type: 'Noted', data: { note: note.replaceAll('\0', '') } })),
    fc.constant<CounterEvent>({ type: 'Seen', data: {} }),
    fc.constant<CounterEvent>({ type: 'Removed', data: {} }),
  );
  // Aggregates' events in order; then how often to step back and read again, and the sizes of the batches.
  const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), change), { minLength: 1, maxLength: 40 });
  const delivery = fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 10 })), {
    minLength: 1,
    maxLength: 8,
  });

  test('SHR-32 SHR-38 T-35 any batching, redelivery and duplication gives the rows of a plain fold', async () => {
    await fc.assert(
      fc.asyncProperty(history, delivery, async (changes, steps) => {
        const tenantId = randomUUID();
        const sequences = new Map<number, number>();
        const events = changes.map(([aggregate, event]) => {
          const sequence = (sequences.get(aggregate) ?? 0) + 1;
          sequences.set(aggregate, sequence);
          const occurredAt = `2026-01-0${1 + (sequence % 3)}T00:00:00.000Z`;
          return counterEvent(`a${aggregate}`, sequence, { ...event, tenantId, occurredAt });
        });
        const plan = deliveries(events, steps);
        for (const table of ['counters', 'days'] as const) {
          const { take } = groupMember(databases.projector, { table });
          let offset = 0;
          for (const batch of plan) await take(batch.map((event) => recordOf(event, offset++)));
        }
        expect(await storedRows(tenantId)).toEqual(plainFold(events));
      }),
      { numRuns: 40 },
    );
  });

  /** Batches whose sizes and steps back repeat `steps` until the end is reached; some events come many times. */
  function deliveries(events: readonly RecordedEvent<CounterEvent>[], steps: readonly (readonly [number, number])[]) {
    const batches: RecordedEvent<CounterEvent>[][] = [];
    let position = 0;
    for (let turn = 0; position < events.length; turn += 1) {
      const [size, back] = steps[turn % steps.length] ?? [1, 0];
      batches.push(events.slice(Math.max(0, position - back), position + size));
      position += size;
    }
    return batches;
  }

  function plainFold(events: readonly RecordedEvent<CounterEvent>[]) {
    const rows = new Map<string, object>();
    for (const projection of [counters, days]) {
      for (const event of events) {
        const key = JSON.stringify(projection.key(event));
        const row = foldEvent<CounterEvent, never>(projection as never, rows.get(key) as never, event);
        if (row) rows.set(key, row);
        else rows.delete(key);
      }
    }
    return rowsByKey([...rows.values()]);
  }

  async function storedRows(tenantId: string) {
    const one = await databases.owner.query('select * from read_model.counters where tenant_id = $1', [tenantId]);
    const two = await databases.owner.query('select * from read_model.counter_days where tenant_id = $1', [tenantId]);
    return rowsByKey([...one.rows, ...two.rows]);
  }

  const rowsByKey = (rows: readonly object[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
});
