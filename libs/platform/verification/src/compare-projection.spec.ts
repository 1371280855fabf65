import { describe, expect, it } from '@jest/globals';
import type { DomainEvent, Projection, RecordedEvent } from '@millrace/core';

import { compareProjection, replay } from './index.ts';

type Named = DomainEvent<'Named', { name: string }> | DomainEvent<'Removed', object>;
type NameRow = { tenant_id: string; id: string; name: string; at: string; note?: string };

const names: Projection<Named, NameRow> = {
  name: 'names',
  table: 'names',
  topics: ['names.events.v1'],
  keyColumns: ['tenant_id', 'id'],
  rowPer: 'aggregate',
  key: ({ tenantId, aggregateId }) => ({ tenant_id: tenantId, id: aggregateId }),
  handlers: {
    Named: (_row, { tenantId, aggregateId, data, occurredAt }) => ({
      tenant_id: tenantId,
      id: aggregateId,
      name: data.name,
      at: occurredAt,
    }),
    Removed: () => undefined,
  },
};

const event = (aggregateId: string, event: Named) =>
  ({ ...event, tenantId: 'acme', aggregateId, occurredAt: '2026-01-02T03:04:05.678Z' }) as RecordedEvent<Named>;
const expected = replay(names, [
  event('a', { type: 'Named', data: { name: 'first' } }),
  event('a', { type: 'Named', data: { name: 'second' } }),
  event('b', { type: 'Named', data: { name: 'gone' } }),
  event('b', { type: 'Removed', data: {} }),
]);
const stored = { id: 'a', tenant_id: 'acme', note: null, name: 'second', at: '2026-01-02T03:04:05.678+00:00' };

describe('compareProjection', () => {
  it('ORD-81 a table equals its replay whatever the notation of times, nulls and column order', () => {
    expect(compareProjection(names, expected, [stored])).toEqual({ expected: 1, missing: [], extra: [], drifted: [] });
  });

  it('ORD-81 names missing, extra and drifted rows', () => {
    expect(compareProjection(names, expected, [])).toMatchObject({ missing: ['["acme","a"]'] });
    expect(compareProjection(names, expected, [stored, { ...stored, id: 'b' }])).toMatchObject({
      extra: ['["acme","b"]'],
    });
    expect(compareProjection(names, expected, [{ ...stored, name: 'first' }]).drifted).toHaveLength(1);
    expect(
      compareProjection(names, expected, [{ ...stored, at: '2026-01-02T03:04:05.679+00:00' }]).drifted,
    ).toHaveLength(1);
  });
});
