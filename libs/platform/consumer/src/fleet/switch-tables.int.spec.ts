import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DomainEvent, Projection, Row } from '@millrace/core';
import { openDatabase } from '@millrace/postgres';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';

import { applyBatch } from '../batch-transaction.ts';
import { counterEvent, counterEvents, jsonDecoder, recordOf } from '../counter.fixture.ts';
import { loadPositions } from '../position.ts';
import { projectionEffect } from '../projection-effect.ts';
import { type ReadModelSchema, ReadModelTable } from '../read-model-table.ts';
import { RecordReader } from '../record-reader.ts';
import { FleetScene, type Kind } from './fleet.fixture.ts';
import { compareBeside, rebuildBeside, switchBeside } from './rebuild-beside.ts';

const added = (by: number) => ({ type: 'Added' as const, data: { by } });

describe('two tables of a read model', () => {
  let scene: FleetScene;
  beforeEach(async () => {
    scene = await FleetScene.open({ createTestDatabase, eventually, testServices });
  });
  afterEach(() => scene.close());

  const rebuild = (projection: Projection<DomainEvent, Row>, noSwitch = false) =>
    rebuildBeside(scene.parts(projection), { by: 'spec', noSwitch });
  const compare = (projection: Projection<DomainEvent, Row>, side: 'next' | 'previous' = 'next') =>
    compareBeside(scene.parts(projection), { side, settleMs: 5_000 });
  const none = { missing: 0, extra: 0, apart: 0, different: 0 };

  /** Runs `work` while events are appended. */
  async function underStorm(work: () => Promise<void>): Promise<void> {
    let over = false;
    const writing = scene.storm(() => over);
    try {
      await work();
    } finally {
      over = true;
      await writing;
    }
  }

  test('ACC-71 run side by side under a storm and stay equal; a planted difference is found and named', async () => {
    const projection = scene.projection('counters');
    scene.join(projection);
    await scene.write([counterEvent('planted', 1, added(7)), counterEvent('lost', 1, added(1))]);
    await underStorm(async () => {
      await delay(1_000);
      expect((await rebuild(projection, true)).switched).toBe(false);
      await delay(500);
      const comparison = await compare(projection);
      expect([comparison.differences, comparison.equal > 0]).toEqual([none, true]);
      await scene.owner.query(`update read_model_next.counters set total = 8, note = 'x' where counter_id = 'planted'`);
      await scene.owner.query(`delete from read_model.counters where counter_id = 'lost'`);
    });
    const found = await compare(projection);
    expect(found).toMatchObject({ differences: { ...none, different: 1, extra: 1 } });
    expect(found.named).toMatchObject([
      { difference: 'extra', key: { counter_id: 'lost' } },
      { difference: 'different', key: { counter_id: 'planted' }, columns: ['total', 'note'], live: { total: 7 } },
    ]);
  }, 60_000);

  test.each<Kind>(['counters', 'days'])(
    'T-32 %s: a table that lacks events of the live one is never switched to',
    async (kind) => {
      const projection = scene.projection(kind);
      scene.join(projection);
      await scene.write([
        counterEvent('a', 1, added(1)),
        counterEvent('b', 1, added(1)),
        counterEvent('b', 2, added(1)),
      ]);
      await scene.drained(projection);
      await rebuild(projection, true);
      const [table, group] = [`read_model_next.${projection.table}`, `${projection.name}.rebuild`];
      if (kind === 'counters') await scene.owner.query(`delete from ${table} where counter_id = 'b'`);
      await scene.owner.query(
        `delete from consumer.aggregate_versions where consumer_group = $1 and aggregate_id = 'b'`,
        [group],
      );
      const before = await scene.rowsOf(projection);
      await expect(switchBeside(scene.parts(projection), 'next')).rejects.toThrow(
        'lacks events that the live one has, of acme/counter/b',
      );
      expect(await scene.rowsOf(projection)).toEqual(before);
      expect(await loadPositions(scene.owner, projection.name)).not.toEqual([]);
    },
    30_000,
  );

  test('ORD-79 ACC-71 a changed shape takes over under reading load without a failed read, and an old process stops', async () => {
    const projection = scene.projection('counters');
    const doubled = (row: Row | undefined) => row && { ...row, doubled: Number(row['total']) * 2 };
    const changed = Object.entries(projection.handlers).map(([type, handler]) => [
      type,
      typeof handler === 'function' ? (...args: Parameters<typeof handler>) => doubled(handler(...args)) : handler,
    ]);
    const newer = { ...projection, version: 2, handlers: Object.fromEntries(changed) as typeof projection.handlers };
    await scene.owner
      .query(`create table read_model_next.counters (tenant_id text, counter_id text, doubled bigint not null,
      total bigint not null, note text, version bigint not null, primary key (tenant_id, counter_id))`);
    await scene.history(300, 3);
    scene.join(newer);
    const reader = scene.reader();
    const reads = { done: 0, doubled: 0, failed: [] as unknown[] };
    let over = false;
    const reading = [0, 1, 2, 3].map(async () => {
      while (!over) {
        const text = `select * from read_model.counters where tenant_id = $1 and counter_id = $2`;
        const found = await reader
          .query({ name: 'one', text, values: ['acme', 'h-2'] })
          .catch((error) => void reads.failed.push(error));
        reads.done += 1;
        if (found?.rows[0] && 'doubled' in found.rows[0]) reads.doubled += 1;
      }
    });
    await underStorm(async () => {
      await delay(500);
      expect(await rebuild(newer)).toMatchObject({
        switched: true,
        comparison: { columns: { onlyOther: ['doubled'] } },
      });
      await eventually(() => reads.doubled > 50);
    });
    over = true;
    await Promise.all(reading);
    await reader.close();
    expect([reads.failed, reads.done > 100]).toEqual([[], true]);
    await scene.drained(newer);
    const event = counterEvent('late', 1, added(1));
    const reading1 = await new RecordReader(jsonDecoder, counterEvents).read(recordOf(event, 0));
    const old = { database: scene.projector, catalogue: counterEvents, effect: projectionEffect(projection) };
    const at = { group: projection.name, topic: 'other', partition: 0 };
    await expect(applyBatch(old, { at, from: undefined, nextOffset: 1, readings: [reading1] })).rejects.toMatchObject({
      code: 'PROJECTION_OUTDATED',
    });
    await expect(switchBeside(scene.parts(newer), 'previous')).rejects.toThrow('version 1');
  }, 60_000);

  test.each<Kind>(['counters', 'days', 'entries'])(
    'ACC-71 %s: switched, back and forth under a storm, nothing is lost or doubled',
    async (kind) => {
      const projection = scene.projection(kind);
      scene.join(projection);
      const oids = async () =>
        (await scene.owner.query<{ oid: number }>(`select 'read_model.${projection.table}'::regclass::oid as oid`))
          .rows[0]?.oid;
      await underStorm(async () => {
        await delay(500);
        const first = await oids();
        await rebuild(projection);
        const second = await oids();
        for (const expected of [first, second]) {
          await delay(300);
          await switchBeside(scene.parts(projection), 'previous');
          expect(await oids()).toBe(expected);
        }
      });
      await scene.drained(projection);
      expect((await compare(projection, 'previous')).differences).toEqual(none);
    },
    120_000,
  );

  test('SHR-34 the table has the indexes, key and grants of the one before, and a rebuild tells nobody', async () => {
    const projection = scene.projection('counters');
    const shape = async () => {
      const indexes = await scene.owner.query(
        `select indexname, indexdef from pg_indexes where schemaname = 'read_model' and tablename = 'counters' order by 1`,
      );
      const table = await scene.owner
        .query(`select (select array_agg(acl::text order by acl::text) from unnest(relacl) acl) as grants, obj_description(oid, 'pg_class') as comment,
        (select jsonb_agg(pg_get_constraintdef(c.oid) order by conname) from pg_constraint c where conrelid = pg_class.oid) as constraints
        from pg_class where oid = 'read_model.counters'::regclass`);
      return [indexes.rows, table.rows];
    };
    const before = await shape();
    await scene.write([counterEvent('a', 1, added(1))]);
    // Live only; the rebuild meets it as a record that its store does not have.
    await scene.write([counterEvent('a', 2, { type: 'Broken', data: {} })]).catch(() => undefined);
    const mended = { ...projection, handlers: { ...projection.handlers, Broken: 'ignore' as const } };
    scene.join(mended);
    await scene.drained(mended);
    await rebuild(mended);
    expect(await shape()).toEqual(before);
    const { rows } = await scene.owner.query(`select
      (select count(*) from outbox.outbox_messages) as messages, (select count(*) from outbox.dead_letters) as letters`);
    expect(rows).toEqual([{ messages: 0, letters: 0 }]);
  }, 30_000);

  test('ACC-71 a connection that has used a table uses it again when it stands elsewhere', async () => {
    const projection = scene.projection('counters');
    const connection = openDatabase({ url: scene.database.url, poolSize: 1 });
    const load = (schema: ReadModelSchema) =>
      connection.transaction((transaction) => new ReadModelTable(projection, schema).load(transaction, [{}]));
    await scene.owner.query('create table read_model_next.counters (like read_model.counters including all)');
    expect(await load('read_model_next')).toEqual([]);
    await scene.owner.query('alter table read_model_next.counters set schema read_model_previous');
    expect(await load('read_model_previous')).toEqual([]);
    await connection.close();
  });

  test('there is nothing to compare, switch to or go back to', async () => {
    const projection = scene.projection('counters');
    await expect(compare(projection)).rejects.toMatchObject({ code: 'REBUILD_REFUSED' });
    await expect(switchBeside(scene.parts(projection), 'next')).rejects.toMatchObject({ code: 'REBUILD_REFUSED' });
    await expect(switchBeside(scene.parts(projection), 'previous')).rejects.toMatchObject({ code: 'REBUILD_REFUSED' });
  });
});
