import { randomUUID } from 'node:crypto';

import { afterAll, describe, expect, test } from '@jest/globals';
import type { TenantEvent } from '@millrace/contracts/tenants';

import { inMemory } from './command-api.fixture.ts';

const { api, memory, store } = inMemory({ aggregatesCached: 100 });
afterAll(() => api.server.close());

async function happensTo(tenantId: string, { type, data }: TenantEvent): Promise<void> {
  const stream = { tenantId, aggregateType: 'tenant', aggregateId: tenantId };
  const event = { type, data, eventId: randomUUID(), eventVersion: 1, occurredAt: '2026-01-02T03:04:05.678Z' };
  const causation = { correlationId: 'c', causationId: 'c', userId: 'olga', sessionId: 'none', traceparent: 't' };
  const expectedVersion = (await store.load(stream)).length;
  await store.append({ stream, expectedVersion, events: [event], causation });
}

describe('T-66 commands of a tenant that is', () => {
  const acme = { tenantId: 'acme' };

  test('not known: accepted, nothing needs to be set up', async () => {
    expect((await api.create('o-1')).status).toBe(201);
  });

  test('suspended: 403 at once, for every role, and nothing is stored', async () => {
    await happensTo('acme', { type: 'TenantSuspended', data: { ...acme, reason: 'unpaid' } });
    const before = memory.log.length;
    for (const role of ['writer', 'admin', 'process']) {
      const headers = { authorization: `Bearer acme.${role}` };
      expect(await api.post('/o-1/confirm', {}, headers)).toMatchObject({
        status: 403,
        body: { code: 'TENANT_SUSPENDED', acknowledgment: 'rejected', aggregateId: 'o-1', version: 1 },
      });
    }
    expect(await api.create('o-2')).toMatchObject({ status: 403, body: { code: 'TENANT_SUSPENDED' } });
    expect(memory.log).toHaveLength(before);
  });

  test('another: accepted', async () => {
    expect((await api.create('o-1', { authorization: 'Bearer umbrella' })).status).toBe(201);
  });

  test('reactivated: accepted again', async () => {
    await happensTo('acme', { type: 'TenantReactivated', data: acme });
    expect((await api.post('/o-1/confirm')).status).toBe(200);
  });

  test('deleted: refused for good', async () => {
    await happensTo('acme', { type: 'TenantDeleted', data: { ...acme, reason: 'asked for it' } });
    expect(await api.post('/o-1/cancel', { reason: 'x' })).toMatchObject({
      status: 403,
      body: { code: 'TENANT_DELETED', acknowledgment: 'rejected' },
    });
    expect(await api.metric('millrace_commands_total{command="CancelOrder",outcome="closed"}')).toBe(1);
  });
});

test('ACC-30 hits and misses of the cache are counted', async () => {
  const count = (outcome: string) => api.metric(`millrace_aggregate_cache_total{outcome="${outcome}"}`);
  const before = [await count('hit'), await count('miss')];
  const headers = { authorization: 'Bearer cached' };
  await api.create('o-1', headers);
  await api.post('/o-1/confirm', {}, headers);
  expect([await count('hit'), await count('miss')]).toEqual([Number(before[0]) + 1, Number(before[1]) + 1]);
});
