import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DomainEvent, Projection, Row } from '@millrace/core';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';

import { counterEvent } from '../counter.fixture.ts';
import { FleetScene } from './fleet.fixture.ts';
import { cancelRebuild, rebuildBeside, type RebuildProgress } from './rebuild-beside.ts';
import { loadRebuild } from './rebuild-record.ts';
import type { RebuildRun } from './rebuild-run.fixture.ts';

describe('a rebuild that is interrupted', () => {
  let scene: FleetScene;
  let projection: Projection<DomainEvent, Row>;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    scene = await FleetScene.open({ createTestDatabase, eventually, testServices });
    projection = scene.projection('counters');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await scene.close();
  });

  function start(options: Pick<RebuildRun, 'eventsPerSecond'> = {}): ChildProcess {
    const { kafkaBrokers: brokers } = testServices();
    const { topic, database } = scene;
    const run: RebuildRun = { url: database.url, brokers, topic, name: projection.name, ...options };
    const file = join(import.meta.dirname, 'rebuild-run.fixture.ts');
    const child = spawn(process.execPath, [file, JSON.stringify(run)], { stdio: ['ignore', 'ignore', 'inherit'] });
    children.push(child);
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  const rebuild = (told?: (progress: RebuildProgress) => void, eventsPerSecond?: number) =>
    rebuildBeside(scene.parts(projection), { by: 'spec', eventsPerSecond, ...(told && { told }) });
  const record = () => loadRebuild(scene.owner, projection);
  const sideTables = async () => {
    const { rows } = await scene.owner.query<{ name: string }>(
      `select schemaname || '.' || tablename as name from pg_tables where schemaname in ('read_model_next', 'read_model_previous')`,
    );
    return rows.map(({ name }) => name);
  };

  test('ACC-71 SHR-34 killed in the middle of the fold, it goes on behind the last page, while commands append', async () => {
    await scene.history(800, 5);
    scene.join(projection);
    let over = false;
    const writing = scene.storm(() => over);
    try {
      for (let kills = 1; kills <= 2; kills += 1) {
        const child = start({ eventsPerSecond: 1_000 });
        const reached = async () => ((await record())?.events ?? 0) >= kills * 1_000;
        await eventually(reached, { timeoutMs: 30_000 });
        await kill(child);
      }
      const before = await record();
      expect(before).toMatchObject({ state: 'folding' });
      let first: RebuildProgress | undefined;
      const report = await rebuild((progress) => (first ??= progress), 1_000_000);
      expect(first).toMatchObject({ phase: 'fold' });
      expect(report.events - (before?.events ?? 0)).toBeLessThan(report.events - 1_500);
    } finally {
      over = true;
      await writing;
    }
    await scene.drained(projection);
    expect(await record()).toBeUndefined();
  }, 90_000);

  test('ACC-71 killed while it catches up, it goes on from its positions', async () => {
    await scene.history(50, 2);
    const stop = scene.join(projection);
    let over = false;
    const writing = scene.storm(() => over);
    const folded = start();
    await eventually(async () => (await record())?.state === 'catching-up', { timeoutMs: 30_000 });
    await kill(folded);
    await delay(500);
    over = true;
    await writing;
    await stop();
    const report = await rebuild();
    expect(report).toMatchObject({ switched: true });
    scene.join(projection);
    await scene.drained(projection);
  }, 90_000);

  test('ACC-71 cancelled while it runs, it leaves nothing, and the live table as it is', async () => {
    await scene.history(400, 5);
    const running = rebuild(undefined, 500);
    running.catch(() => undefined);
    await eventually(async () => ((await record())?.events ?? 0) > 0);
    expect(await cancelRebuild(scene.parts(projection))).toBe(true);
    await expect(running).rejects.toMatchObject({ code: 'REBUILD_REFUSED' });
    expect([await record(), await sideTables(), await scene.rowsOf(projection)]).toEqual([undefined, [], []]);
    const { rows } = await scene.owner.query(
      `select from consumer.aggregate_versions where consumer_group like '%.rebuild'`,
    );
    expect(rows).toEqual([]);
    expect(await cancelRebuild(scene.parts(projection))).toBe(false);
    expect(await rebuild()).toMatchObject({ switched: true, rows: 400 });
  }, 60_000);

  test('ACC-71 a throttle is kept, and progress says how far it is', async () => {
    await scene.history(200, 5);
    const seen: RebuildProgress[] = [];
    const startedAt = performance.now();
    await rebuild((progress) => seen.push(progress), 400);
    const folds = seen.flatMap((progress) => (progress.phase === 'fold' ? [progress] : []));
    expect(performance.now() - startedAt).toBeGreaterThan(1_900);
    expect(folds.at(-1)).toMatchObject({ events: 1_000, eventsExpected: 1_000, etaSeconds: 0 });
    expect(folds[0]).toMatchObject({ events: 400 });
    expect(folds.at(-1)?.perSecond).toBeLessThan(600);
  });

  test('ACC-71 a rebuild may take longer than any other transaction may idle', async () => {
    await scene.history(23, 10);
    expect(await rebuild(undefined, 10)).toMatchObject({ switched: true, rows: 23, events: 230 });
  }, 60_000);

  test('two rebuilds of one projection: the second is refused', async () => {
    await scene.history(400, 5);
    const first = rebuild(undefined, 250);
    first.catch(() => undefined);
    await eventually(async () => ((await record())?.events ?? 0) > 0);
    await expect(rebuild()).rejects.toMatchObject({ code: 'REBUILD_REFUSED' });
    await cancelRebuild(scene.parts(projection));
    await expect(first).rejects.toMatchObject({ code: 'REBUILD_REFUSED' });
  }, 30_000);

  test('an event that cannot be applied is named; mended, the rebuild goes on', async () => {
    await scene.history(3, 2);
    await scene.write([counterEvent('h-9', 1, { type: 'Broken', data: {} })]);
    await expect(rebuild()).rejects.toThrow('cannot apply Broken, version 1 of counter h-9 in acme');
    const mended = { ...projection, handlers: { ...projection.handlers, Broken: 'ignore' as const } };
    expect(await rebuildBeside(scene.parts(mended), { by: 'spec' })).toMatchObject({ rows: 3, switched: true });
  });
});
