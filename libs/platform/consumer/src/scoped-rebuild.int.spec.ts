import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DomainEvent, Projection, RecordedEvent, Row } from '@millrace/core';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';

import { applyBatch } from './batch-transaction.ts';
import { type CounterEvent, counterEvent, jsonDecoder, recordOf, storeEvents } from './counter.fixture.ts';
import { FleetScene, type Kind } from './fleet/fleet.fixture.ts';
import { projectionEffect } from './projection-effect.ts';
import { rebuildProjection, type RebuildScope } from './rebuild.ts';
import { RecordReader } from './record-reader.ts';

const added = (by: number) => ({ type: 'Added' as const, data: { by } });

describe('a rebuild of a part, in place', () => {
  let scene: FleetScene;
  beforeEach(async () => {
    scene = await FleetScene.open({ createTestDatabase, eventually, testServices });
  });
  afterEach(() => scene.close());

  const history = (tenantId: string): RecordedEvent<CounterEvent>[] =>
    ['a', 'b'].flatMap((id) => [1, 2, 3].map((version) => counterEvent(id, version, { ...added(version), tenantId })));

  async function deliver(
    projection: Projection<DomainEvent, Row>,
    events: readonly RecordedEvent<CounterEvent>[],
    from?: number,
  ) {
    const reader = new RecordReader(jsonDecoder, scene.catalogue);
    const start = from ?? 0;
    const readings = await Promise.all(events.map((event, index) => reader.read(recordOf(event, start + index))));
    const at = { group: projection.name, topic: scene.topic, partition: 0 };
    const parts = { database: scene.projector, catalogue: scene.catalogue, effect: projectionEffect(projection) };
    return applyBatch(parts, { at, from, nextOffset: start + events.length, readings });
  }

  const rebuild = (projection: Projection<DomainEvent, Row>, scope: RebuildScope) =>
    rebuildProjection({ database: scene.owner, catalogue: scene.catalogue, projection, partitions: 1, scope });

  /** Rows with the transaction that wrote each: what was not touched is the same to the byte. */
  const rowsExcept = async ({ table }: Projection<DomainEvent, Row>, condition: string) =>
    (
      await scene.owner.query(
        `select xmin::text as written, t.* from read_model.${table} t where not (${condition}) order by 2, 3`,
      )
    ).rows;

  test.each<Kind>(['counters', 'days', 'entries'])(
    'SHR-34 ACC-91 %s: a tenant is made anew, the others stay as they are to the byte',
    async (kind) => {
      const projection = scene.projection(kind);
      const events = [...history('acme'), ...history('globex')];
      await storeEvents(scene.owner, events);
      await deliver(projection, events);
      const expected = await scene.rowsOf(projection);
      const others = await rowsExcept(projection, `tenant_id = 'acme'`);
      await scene.owner.query(`delete from read_model.${projection.table} where tenant_id = 'acme'`);
      await scene.owner.query(`delete from consumer.aggregate_versions where tenant_id = 'acme'`);
      expect(await rebuild(projection, { tenantId: 'acme' })).toMatchObject({ events: 6 });
      expect(await scene.rowsOf(projection)).toEqual(expected);
      expect(await rowsExcept(projection, `tenant_id = 'acme'`)).toEqual(others);
      expect(await deliver(projection, events, 12)).toMatchObject({ applied: 0, repeated: 12 });
      expect(await scene.rowsOf(projection)).toEqual(expected);
    },
  );

  test('SHR-34 one aggregate is made anew; the other rows stay as they are to the byte', async () => {
    const projection = scene.projection('counters');
    const events = history('acme');
    await storeEvents(scene.owner, events);
    await deliver(projection, events);
    const expected = await scene.rowsOf(projection);
    const others = await rowsExcept(projection, `counter_id = 'a'`);
    await scene.owner.query(`update read_model.counters set total = 99, version = 9 where counter_id = 'a'`);
    expect(await rebuild(projection, { tenantId: 'acme', aggregateId: 'a' })).toMatchObject({ events: 3 });
    expect(await scene.rowsOf(projection)).toEqual(expected);
    expect(await rowsExcept(projection, `counter_id = 'a'`)).toEqual(others);
  });

  test('SHR-34 a row that gathers others is folded from all of them, as far as the group has applied them', async () => {
    const projection = scene.projection('days');
    const events = history('acme');
    const elsewhere = counterEvent('c', 1, { ...added(5), occurredAt: '2026-07-07T00:00:00.000Z' });
    const pending = counterEvent('b', 4, added(100));
    await storeEvents(scene.owner, [...events, elsewhere, pending]);
    await deliver(projection, [...events, elsewhere]);
    const others = await rowsExcept(projection, `day = '2026-01-02'`);
    await scene.owner.query(`update read_model.counter_days set added = 1000 where day = '2026-01-02'`);
    await rebuild(projection, { tenantId: 'acme', aggregateId: 'a' });
    const { rows } = await scene.owner.query('select day, added from read_model.counter_days order by 1');
    expect(rows).toEqual([
      { day: '2026-01-02', added: 12 },
      { day: '2026-07-07', added: 5 },
    ]);
    expect(await rowsExcept(projection, `day = '2026-01-02'`)).toEqual(others);
    expect(await deliver(projection, [pending, ...events], 7)).toMatchObject({ applied: 1, repeated: 6 });
    expect(await scene.rowsOf(projection)).toEqual(await scene.replayed(projection));
  });

  test('an aggregate without events is refused, and nothing changes', async () => {
    const projection = scene.projection('counters');
    await expect(rebuild(projection, { tenantId: 'acme', aggregateId: 'nobody' })).rejects.toMatchObject({
      code: 'REBUILD_REFUSED',
    });
  });
});
