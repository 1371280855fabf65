import { describe, expect, it } from '@jest/globals';

import { type DomainEvent, foldEvent, handledTypes, type Projection, type RecordedEvent } from './index.ts';

type Counted = DomainEvent<'Added', { by: number }> | DomainEvent<'Seen', object> | DomainEvent<'Removed', object>;
type CounterRow = { tenant_id: string; id: string; total: number };

const counter: Projection<Counted, CounterRow> = {
  name: 'counter',
  table: 'counter',
  topics: ['counters.events.v1'],
  keyColumns: ['tenant_id', 'id'],
  rowPer: 'aggregate',
  key: ({ tenantId, aggregateId }) => ({ tenant_id: tenantId, id: aggregateId }),
  handlers: {
    Added: (row, { tenantId, aggregateId, data }) => ({
      tenant_id: tenantId,
      id: aggregateId,
      total: (row?.total ?? 0) + data.by,
    }),
    Seen: 'ignore',
    Removed: () => undefined,
  },
};

const recorded = (sequenceNumber: number, event: Counted) =>
  ({ ...event, tenantId: 'acme', aggregateId: 'a', sequenceNumber }) as RecordedEvent<Counted>;

describe('projection', () => {
  it('SHR-30 lists the types that it handles', () => {
    expect(handledTypes(counter)).toEqual(['Added', 'Removed']);
  });

  it('SHR-30 folds events into a row, leaves it on an ignored type, and removes it', () => {
    const once = foldEvent(counter, undefined, recorded(1, { type: 'Added', data: { by: 2 } }));
    const twice = foldEvent(counter, once, recorded(2, { type: 'Added', data: { by: 3 } }));
    expect(twice).toEqual({ tenant_id: 'acme', id: 'a', total: 5, version: 2 });
    expect(foldEvent(counter, twice, recorded(3, { type: 'Removed', data: {} }))).toBeUndefined();
  });

  it("SHR-32 moves the version of an aggregate's row on every event, ignored and unknown ones too", () => {
    const row = foldEvent(counter, undefined, recorded(1, { type: 'Added', data: { by: 2 } }));
    const unknown = { type: 'Renamed', data: {} } as unknown as Counted;
    expect(foldEvent(counter, row, recorded(2, { type: 'Seen', data: {} }))).toEqual({ ...row, version: 2 });
    expect(foldEvent(counter, row, recorded(2, unknown))).toEqual({ ...row, version: 2 });
    expect(foldEvent({ ...counter, rowPer: 'group' }, row, recorded(2, { type: 'Seen', data: {} }))).toBe(row);
  });
});
