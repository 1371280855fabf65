import { describe, expect, it } from '@jest/globals';

import type { JournalEntry, Outcome } from '../load/journal.ts';
import { checkJournal } from './journal-store.ts';
import { checkTopics } from './store-topics.ts';
import type { LogEntry } from './witness.ts';

const tenantId = 'acme';
const stored = (aggregateId: string, sequenceNumber: number, changes: object = {}) => ({
  type: 'OrderConfirmed',
  aggregateType: 'order',
  aggregateId,
  sequenceNumber,
  eventId: `${aggregateId}${sequenceNumber}`,
  correlationId: `k-${aggregateId}${sequenceNumber}`,
  userId: 'alice',
  ...changes,
});
const asked = (aggregateId: string, version: number, outcome?: Outcome): JournalEntry => ({
  invocation: { key: `k-${aggregateId}${version}`, tenantId, aggregateType: 'order', aggregateId, path: '/v1/orders' },
  ...(outcome && { outcome }),
});
const ok = (version: number): Outcome => ({ kind: 'ok', version });
const kinds = (findings: readonly { kind: string }[]) => findings.map(({ kind }) => kind);

describe('C1, journal and store', () => {
  it('agrees with what was acknowledged, and with anything of what was never answered', () => {
    const entries = [asked('a', 1, ok(1)), asked('a', 2), asked('b', 1, { kind: 'info', problem: 'timeout' })];
    expect(checkJournal(entries, { tenantId, events: [stored('a', 1), stored('a', 2)] })).toEqual([]);
  });

  const cases: [string, JournalEntry[], ReturnType<typeof stored>[], string[]][] = [
    ['an acknowledged command without event', [asked('a', 1, ok(1))], [], ['lost']],
    [
      'a command that happened twice',
      [asked('a', 1, ok(1))],
      [stored('a', 1), stored('a', 2, { correlationId: 'k-a1' })],
      ['duplicated'],
    ],
    [
      'a refused command that left an event',
      [asked('a', 1, { kind: 'fail', status: 422, code: 'NO' })],
      [stored('a', 1)],
      ['different'],
    ],
    ['another version than was told', [asked('a', 1, ok(2))], [stored('a', 1)], ['different']],
    ['an event that nobody asked for', [], [stored('a', 1)], ['invented']],
    ['a gap', [asked('a', 2, ok(2))], [stored('a', 2)], ['lost']],
  ];

  it.each(cases)('finds %s', (_, entries, events, expected) => {
    expect(kinds(checkJournal(entries, { tenantId, events }))).toEqual(expected);
  });

  it('leaves what sagas ask for to C5', () => {
    expect(checkJournal([], { tenantId, events: [stored('a', 1, { userId: 'sagas' })] })).toEqual([]);
  });
});

describe('C3, store and topics', () => {
  const record = (eventId: string, offset: number, partition = 0): LogEntry => ({
    topic: 'orders.events.v1',
    partition,
    offset,
    key: eventId.slice(0, 1),
    value: null,
    timestampMs: 0,
    headers: {
      ce_id: eventId,
      ce_tenantid: tenantId,
      ce_aggregatetype: 'order',
      ce_aggregateversion: eventId.slice(1),
    },
  });
  const events = [stored('a', 1), stored('a', 2), stored('b', 1)];
  const none = { reemitted: new Set<string>(), replays: false, moves: false, losses: false };
  const clean = [record('a1', 0), record('a2', 1), record('b1', 0, 1)];
  const check = (entries: readonly LogEntry[], repetitions = none) =>
    checkTopics({ tenantId, events }, entries, repetitions);

  it('agrees with each event once and in order', () => {
    expect(check(clean)).toEqual({ findings: [], replayed: 0, reemitted: 0 });
  });

  it.each([
    ['lost', clean.slice(0, 2), ['lost']],
    ['doubled', [...clean, record('a2', 2)], ['duplicated']],
    ['invented', [...clean, record('c1', 1, 1)], ['invented']],
    ['overtaken', [record('a2', 0), record('a1', 1), record('b1', 0, 1)], ['reordered']],
    ['split over partitions', [record('a1', 0), record('a2', 0, 1), record('b1', 1, 1)], ['reordered']],
  ])('finds what is %s', (_, entries, expected) => {
    expect(kinds(check(entries).findings)).toEqual(expected);
  });

  it('follows an aggregate into a new partition, and still misses what is lost there', () => {
    const moved = [record('a1', 0), record('a2', 0, 2), record('b1', 0, 1)];
    expect(check(moved, { ...none, moves: true }).findings).toEqual([]);
    expect(kinds(check(moved.slice(1), { ...none, moves: true }).findings)).toEqual(['lost']);
  });

  it('lets what Kafka lost and the repair has sent stand behind later versions, and nothing else', () => {
    const behind = [record('a2', 0), record('a1', 1), record('b1', 0, 1)];
    const lost = { ...none, reemitted: new Set(['a1']), losses: true };
    expect(check(behind, lost).findings).toEqual([]);
    expect(kinds(check(behind, { ...lost, losses: false }).findings)).toEqual(['reordered']);
    expect(kinds(check(behind, { ...lost, reemitted: new Set(['b1']) }).findings)).toEqual(['reordered']);
  });

  it('counts apart what the outbox was read for again, and what the repair has sent', () => {
    const entries = [...clean, record('a1', 2), record('b1', 1, 1)];
    const repetitions = { reemitted: new Set(['a1']), replays: true, moves: false, losses: false };
    expect(check(entries, repetitions)).toEqual({ findings: [], replayed: 1, reemitted: 1 });
  });
});
