import { describe, expect, test } from '@jest/globals';
import type { EverythingReport } from '@millrace/verification';

import { fullText } from './verify-full.ts';

const none = { count: 0, examples: [] };
const stream = { tenantId: 'acme', aggregateType: 'order', aggregateId: 'o-1' };
const clean: EverythingReport = {
  store: { streams: 2, events: 12, gaps: none },
  topics: [
    {
      ...{ topic: 'orders.events.v1', expected: 12, records: 13, reemitted: 1, pending: 0 },
      ...{ lost: none, invented: none, duplicated: none, outOfOrder: none },
    },
  ],
  groups: [
    {
      ...{ group: 'orders', table: 'orders', streams: 2, rows: 2, lag: 0, parked: 0, paused: false },
      ...{ skipped: none, missing: none, extra: none, drifted: none },
    },
  ],
};

describe('the table of verify --full', () => {
  test('ACC-52 is short when all agrees', () => {
    expect(fullText(clean)).toBe(
      [
        '                    checked  lost  invented  duplicated  out of order  drifted',
        'event store       12 events     0',
        '',
        'orders.events.v1  12 events     0         0           0             0',
        '',
        'orders               2 rows     0         0                                  0',
        '',
        '  orders.events.v1: 1 record(s) of events that were sent again; no failure',
        '',
        '✔ everything agrees',
      ].join('\n'),
    );
  });

  test('ACC-52 names what is wrong, how much more there is, and what puts it right', () => {
    const drift = { ...stream, kind: 'row_drifted' as const, sequenceNumber: 3, detail: 'row differs in status' };
    const [orders] = clean.groups;
    const groups = orders ? [{ ...orders, drifted: { count: 8, examples: [drift] } }] : [];
    const lines = fullText({ ...clean, groups }).split('\n');
    expect(lines).toContain('  orders: drifted acme order o-1 version 3: row differs in status');
    expect(lines).toContain('  orders: drifted: 7 more');
    expect(lines).toContain('  orders: `npx millrace projections rebuild orders` makes its rows anew');
    expect(lines.at(-1)).toBe('✖ not everything agrees');
  });
});
