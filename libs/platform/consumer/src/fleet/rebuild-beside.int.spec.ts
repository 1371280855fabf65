import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createTestDatabase, eventually, testServices } from '@millrace/testing';

import { loadPositions } from '../position.ts';
import { areEqual } from './compare-sides.ts';
import { FleetScene, type Kind } from './fleet.fixture.ts';
import { rebuildBeside } from './rebuild-beside.ts';

describe('a rebuild beside the live table', () => {
  let scene: FleetScene;
  beforeEach(async () => {
    scene = await FleetScene.open({ createTestDatabase, eventually, testServices });
  });
  afterEach(() => scene.close());

  test.each<Kind>(['counters', 'days', 'entries'])(
    'ACC-21 SHR-34 SHR-35 ORD-73 T-32 %s: under a write storm, the table that takes over equals a replay',
    async (kind) => {
      const projection = scene.projection(kind);
      await scene.history(400, 5);
      scene.join(projection);
      let over = false;
      const writing = scene.storm(() => over);
      try {
        await delay(300);
        for (const round of [1, 2]) {
          const report = await rebuildBeside(scene.parts(projection), { by: 'spec' });
          expect([round, report.switched, report.events > 2_000]).toEqual([round, true, true]);
          // The topic never had the history: the first rebuild brings it, the second one finds it.
          if (round === 2) expect(report.comparison).toMatchObject({ differences: {}, named: [] });
          if (round === 2) expect(areEqual(report.comparison)).toBe(true);
        }
      } finally {
        over = true;
        await writing;
      }
      await scene.drained(projection);
      expect(await scene.rowsOf(projection)).toEqual(await scene.replayed(projection));
      const { rows } = await scene.owner.query('select from consumer.parked_events');
      expect(rows).toEqual([]);
      expect((await loadPositions(scene.owner, `${projection.name}.rebuild`)).length).toBe(0);
    },
    120_000,
  );
});
