import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyBatch, projectionEffect } from '@millrace/consumer';
import { readingOf } from '@millrace/consumer/testing';
import { type UserEvent, userEvents, USERS_TOPIC } from '@millrace/contracts/users';
import { foldEvent, type RecordedEvent, type Row } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { userProjector } from './index.ts';
import { type Happening, hour, userHistory } from './user-events.fixture.ts';

const lives: readonly Happening[][] = [
  ['created'],
  ['created', 'emailChanged', 'nameChanged', 'deactivated'],
  ['imported', 'emailChanged'],
  ['created', 'updated', 'nameChanged'],
];
const histories = lives.map((names, index) => userHistory(`user-${index}`, names));
/** As a topic carries them: in order per user, mixed over users. */
const events = [0, 1, 2, 3].flatMap((turn) => histories.flatMap((history) => history[turn] ?? []));

describe('user_projector on Postgres', () => {
  let created: TestDatabase;
  let owner: Database;
  let projector: Database;
  let next = 0;
  beforeAll(async () => {
    created = await createTestDatabase();
    owner = openDatabase({ url: created.url });
    projector = openDatabase({ url: created.roleUrls.projector });
  });
  afterAll(async () => {
    await Promise.all([owner.close(), projector.close()]);
    await created.drop();
  });

  async function apply(...batch: RecordedEvent<UserEvent>[]) {
    const parts = { database: projector, catalogue: userEvents, effect: projectionEffect(userProjector) };
    const at = { group: userProjector.name, topic: USERS_TOPIC, partition: 0 };
    const readings = batch.map((event, index) => readingOf(event, next + index));
    const from = next === 0 ? undefined : next;
    next += batch.length;
    return applyBatch(parts, { at, from, nextOffset: next, readings });
  }
  const table = async () => (await owner.query<Row>('select * from read_model.user_read_model order by id')).rows;

  test('TOX-28 TOX-35 TOX-41 the table equals a plain fold of the events', async () => {
    for (let start = 0; start < events.length; start += 3) await apply(...events.slice(start, start + 3));
    const folded = histories.map((history) =>
      history.reduce<Row | undefined>((row, event) => foldEvent(userProjector, row as never, event), undefined),
    );
    expect(await table()).toEqual(folded);
  });

  test('T-6 TOX-29 TOX-30 a replay changes nothing: nobody is active again, no email is back, created_at stays', async () => {
    const before = await table();
    const first = histories.map(([event]) => event as RecordedEvent<UserEvent>);
    expect(await apply(...first)).toMatchObject({ applied: 0, repeated: first.length });
    expect(await apply(...events)).toMatchObject({ applied: 0, repeated: events.length, parked: [] });
    expect(await table()).toEqual(before);
    expect(before[1]).toMatchObject({ is_active: false, email: 'countess@example.com', created_at: hour(0) });
  });

  test('TOX-28 one user per tenant and id', async () => {
    await apply(...userHistory('user-0', ['created', 'deactivated'], 'rival'));
    const { rows } = await owner.query(
      `select tenant_id, is_active from read_model.user_read_model where id = 'user-0' order by tenant_id`,
    );
    expect(rows).toEqual([
      { tenant_id: 'acme', is_active: true },
      { tenant_id: 'rival', is_active: false },
    ]);
  });
});
