import { describe, expect, test } from '@jest/globals';

import { diagnose, START_PATIENCE_MS, waitsFor } from './diagnosis.ts';
import { type RelayFacts, STANDSTILL_MS } from './relay-facts.ts';
import { relayCauses } from './relay-problem.ts';

const slot = { exists: true, active: true, lost: false, lagBytes: 512, confirmedLsn: '0/64' } as const;
const running = { connector: 'RUNNING', task: 'RUNNING', trace: '' };
const trace = 'org.KafkaException: in an error state\n\tat x\nCaused by: org.RecordTooLarge: 2000539 bytes\n\tat y';

const healthy: RelayFacts = {
  connector: running,
  slot,
  hold: undefined,
  restoredAt: undefined,
  walLsn: 200,
  storedLsn: 100,
  rereads: false,
  advanced: false,
  vanished: undefined,
  isPublished: true,
  unreadMs: 0,
  behindMs: 3_000,
  missingTopics: [],
  poison: [],
  lateCanaries: [],
};
const poison = [{ seq: 7, id: 'e-1', topic: 't', tenantId: 'acme', reason: 'its record has more than 1 MiB' }];
const unread = { slot: { ...slot, active: false }, unreadMs: START_PATIENCE_MS + 1 };
const behind = { behindMs: STANDSTILL_MS + 1 };

const faults: [string, Partial<RelayFacts>, string][] = [
  ['connect_unreachable', { connector: 'unreachable' }, 'no worker'],
  ['connector_absent', { connector: { connector: 'absent', task: 'absent', trace: '' } }, 'not registered'],
  ['connector_failed', { connector: { ...running, task: 'FAILED', trace } }, 'org.RecordTooLarge: 2000539 bytes'],
  ['slot_missing', { slot: { exists: false }, unreadMs: START_PATIENCE_MS + 1 }, 'the slot is missing'],
  ['slot_lost', { slot: { ...slot, active: false, lost: true } }, 'max_slot_wal_keep_size'],
  [
    'slot_advanced',
    { slot: { ...slot, active: false }, advanced: true, connector: 'unreachable' },
    'moved the slot to',
  ],
  ['publication_drift', { isPublished: false }, 'Postgres streams nothing'],
  ['slot_unread', unread, 'nobody reads the slot'],
  ['slot_behind', behind, 'stands at 0/64'],
  ['topic_missing', { ...behind, missingTopics: ['orders.events.v1'] }, 'orders.events.v1'],
  ['store_went_back', { storedLsn: 201 }, 'npx millrace recover'],
  ['poison_row', { ...behind, poison }, 'outbox row 7 (event e-1, topic t, tenant acme) cannot be sent'],
  ['canary_late', { lateCanaries: [{ topic: 'jobs.events.v1', ageSeconds: 46.2 }] }, 'for 46 s'],
];

describe('diagnose', () => {
  test('SHR-14 knows every cause', () => {
    expect(faults.map(([cause]) => cause)).toEqual(relayCauses);
  });

  test.each(faults)('T-34 SHR-14 %s', (cause, change, words) => {
    expect(diagnose({ ...healthy, ...change })).toEqual({ cause, detail: expect.stringContaining(words) });
  });

  test('SHR-14 a relay that streams, or begins to, has no problem', () => {
    expect(diagnose(healthy)).toBeUndefined();
    expect(waitsFor(healthy)).toBeUndefined();
    const starting = { ...healthy, ...unread, unreadMs: START_PATIENCE_MS - 1 };
    expect(diagnose(starting)).toBeUndefined();
    expect(waitsFor(starting)).toContain('nobody reads the slot yet');
    const rereading = { ...healthy, ...unread, ...behind, rereads: true };
    expect(diagnose(rereading)).toBeUndefined();
    expect(waitsFor(rereading)).toContain('retained outbox');
  });

  test('SHR-14 ACC-77 a backup that was put back holds the relay, whatever Connect has read', () => {
    const { cause, detail } = diagnose({ ...healthy, restoredAt: '2026-01-31T12:00:00Z' }) ?? {};
    expect(cause).toBe('store_went_back');
    expect(detail).toContain('put back at 2026-01-31T12:00:00Z. Nothing is streamed until `npx millrace recover`');
  });

  test('SHR-14 T-33 an event that the database has never had, though it was there, is told as a store that went back', () => {
    const vanished = {
      tenantId: 'acme',
      aggregateType: 'order',
      aggregateId: 'o-1',
      sequenceNumber: 3,
      eventId: 'e-3',
    };
    const { cause, detail } = diagnose({ ...healthy, vanished, connector: 'unreachable' }) ?? {};
    expect(cause).toBe('store_went_back');
    expect(detail).toContain('event e-3, version 3 of order o-1, was the newest');
  });

  test('SHR-14 a repair keeps its cause until it is done', () => {
    const hold = { cause: 'poison_row', detail: 'row 7' } as const;
    expect(diagnose({ ...healthy, ...unread, ...behind, hold })).toEqual(hold);
  });

  test('SHR-14 a connector that somebody has stopped is told as that', () => {
    const stopped = { ...healthy, ...unread, connector: { connector: 'STOPPED', task: 'absent', trace: '' } };
    expect(diagnose(stopped)?.detail).toContain('somebody has set the connector to STOPPED');
  });
});
