import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { applyBatch, projectionEffect } from '@millrace/consumer';
import { readingOf } from '@millrace/consumer/testing';
import { type TenantEvent, TENANTS_TOPIC } from '@millrace/contracts/tenants';
import { type UserEvent, USERS_TOPIC } from '@millrace/contracts/users';
import { foldEvent, type RecordedEvent } from '@millrace/core';
import { type Database, openDatabase } from '@millrace/postgres';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { tenantView, tenantViewEvents, type TenantViewRow } from './index.ts';
import { listTenants, type TenantPage } from './queries/index.ts';
import { hour, tenantHistory, userHistory } from './tenant-events.fixture.ts';

type Events = readonly RecordedEvent<TenantEvent | UserEvent>[];

const tenants: Events = [
  ...tenantHistory('acme', ['created', 'renamed']),
  ...tenantHistory('gone', ['created', 'deleted']),
];
const users: Events = [
  ...userHistory('acme', 'u-1', ['created', 'emailChanged']),
  ...userHistory('acme', 'u-2', ['created', 'deactivated']),
  ...userHistory('acme', 'u-3', ['imported', 'nameChanged']),
  ...userHistory('acme', 'u-4', ['importedInactive']),
  ...userHistory('gone', 'u-1', ['created']),
  ...userHistory('unknown', 'u-1', ['created']),
];

describe('tenant-view-projection on Postgres', () => {
  let created: TestDatabase;
  let owner: Database;
  let projector: Database;
  beforeAll(async () => {
    created = await createTestDatabase();
    owner = openDatabase({ url: created.url });
    projector = openDatabase({ url: created.roleUrls.projector });
  });
  afterAll(async () => {
    await Promise.all([owner.close(), projector.close()]);
    await created.drop();
  });
  const nextOffsets = new Map<string, number>();
  beforeEach(async () => {
    nextOffsets.clear();
    await owner.query('truncate read_model.tenant_view, consumer.positions, consumer.aggregate_versions');
  });

  /** Applies events as one batch of a partition, after all that was applied before. */
  async function apply(topic: string, events: Events, partition = 0) {
    const parts = { database: projector, catalogue: tenantViewEvents, effect: projectionEffect(tenantView) };
    const at = { group: tenantView.name, topic, partition };
    const from = nextOffsets.get(`${topic} ${partition}`);
    const nextOffset = (from ?? 0) + events.length;
    nextOffsets.set(`${topic} ${partition}`, nextOffset);
    const readings = events.map((event, index) => readingOf(event, (from ?? 0) + index));
    return applyBatch(parts, { at, from, nextOffset, readings });
  }
  async function table(): Promise<TenantViewRow[]> {
    const { rows } = await owner.query<TenantViewRow>('select * from read_model.tenant_view order by tenant_id');
    return rows;
  }

  test('ACC-17 ACC-24 the table equals a plain fold of the events, in whatever order the topics come', async () => {
    await apply(USERS_TOPIC, users.slice(0, 5));
    await apply(TENANTS_TOPIC, tenants);
    await apply(USERS_TOPIC, users.slice(5));
    expect(await table()).toEqual(folded([...tenants, ...users]));
    expect(await table()).toMatchObject([
      { tenant_id: 'acme', user_count: 2, version: 2 },
      { tenant_id: 'gone', user_count: 1, status: 'deleted', version: 2 },
      { tenant_id: 'unknown', user_count: 1, version: 0 },
    ]);
  });

  test('T-43 ACC-18 ACC-23 both topics read twice from the start count every user once', async () => {
    await apply(TENANTS_TOPIC, tenants);
    for (const event of users) await apply(USERS_TOPIC, [event, event]);
    const before = await table();
    expect(before).toEqual(folded([...tenants, ...users]));
    expect(await apply(USERS_TOPIC, users)).toMatchObject({ applied: 0, repeated: users.length });
    expect(await apply(TENANTS_TOPIC, tenants)).toMatchObject({ applied: 0, repeated: tenants.length });
    expect(await table()).toEqual(before);
  });

  test('T-43 ACC-18 users of a tenant on partitions that are applied at once are all counted', async () => {
    const partitions = Array.from({ length: 4 }, (_, index) => index);
    await Promise.all(
      partitions.map((partition) =>
        apply(
          USERS_TOPIC,
          Array.from({ length: 25 }, (_, index) => userHistory('busy', `u-${partition}-${index}`, ['created'])).flat(),
          partition,
        ),
      ),
    );
    expect(await table()).toMatchObject([{ tenant_id: 'busy', user_count: 100 }]);
  });

  test('ACC-18 the table refuses a count below zero', async () => {
    const [, left] = userHistory('acme', 'u-1', ['created', 'deactivated']);
    const refused = owner.query(
      `insert into read_model.tenant_view (tenant_id, settings, user_count, last_updated, version) values ('acme', '{}', -1, $1, 0)`,
      [left?.occurredAt],
    );
    await expect(refused).rejects.toMatchObject({ constraint: 'tenant_view_user_count_check' });
  });

  test('T-66 ACC-16 the list shows tenants that were created, under the statuses asked for', async () => {
    await apply(USERS_TOPIC, users);
    await apply(TENANTS_TOPIC, tenants);
    const query = openDatabase({ url: created.roleUrls.query });
    const idsOf = async (page: TenantPage) => (await listTenants(query, page)).map(({ tenant_id }) => tenant_id);
    try {
      expect(await idsOf({ statuses: ['active', 'suspended'], limit: 10 })).toEqual(['acme']);
      expect(await idsOf({ statuses: ['deleted'], limit: 10 })).toEqual(['gone']);
      const after = { createdAt: hour(0), id: 'gone' };
      expect(await idsOf({ statuses: ['active', 'deleted'], limit: 1 })).toEqual(['gone']);
      expect(await idsOf({ statuses: ['active', 'deleted'], limit: 1, after })).toEqual(['acme']);
    } finally {
      await query.close();
    }
  });
});

function folded(events: Events): TenantViewRow[] {
  const rows = new Map<string, TenantViewRow>();
  for (const event of events) {
    const row = foldEvent(tenantView, rows.get(event.tenantId), event);
    if (row) rows.set(event.tenantId, row);
  }
  return [...rows.values()].sort((one, other) => (one.tenant_id < other.tenant_id ? -1 : 1));
}
