import { describe, expect, test } from '@jest/globals';

import { type AuditedRecord, judgeBatch, type KnownEvent } from './judge-batch.ts';

const topic = { topic: 't', aggregateTypes: ['order'] };
const stream = { tenantId: 'acme', aggregateType: 'order', aggregateId: 'o-1' };
const record = (version: number, change: Partial<AuditedRecord> = {}): AuditedRecord => ({
  ...{ ...stream, offset: version, eventId: `e-${version}`, version, epoch: 1 },
  ...change,
});
const known = (version: number, change: Partial<KnownEvent> = {}): KnownEvent => ({
  ...{ storedEventId: `e-${version}`, seen: false, highestSeen: 0, reemitted: false },
  ...change,
});

describe('a batch of the log', () => {
  test('ACC-52 in order is seen, whatever aggregates lie between', () => {
    const other = record(1, { aggregateId: 'o-2' });
    const judged = judgeBatch(topic, [record(1), other, record(2)], {
      known: [known(1), known(1), known(2)],
      epoch: 1,
    });
    const seen = [1, 1, 2].map((version, index) => ({ ...stream, aggregateId: index === 1 ? 'o-2' : 'o-1', version }));
    expect(judged).toEqual({ seen, findings: [], duplicates: 0, ended: 0 });
  });

  test('T-35 with the same version twice counts a duplicate, within it and from before', () => {
    const about = [
      known(1, { seen: true, highestSeen: 2 }),
      known(3, { highestSeen: 2 }),
      known(3, { highestSeen: 2 }),
    ];
    const judged = judgeBatch(topic, [record(1), record(3), record(3)], { known: about, epoch: 1 });
    expect(judged).toEqual({ seen: [{ ...stream, version: 3 }], findings: [], duplicates: 2, ended: 0 });
  });

  test('T-35 names a version that comes first behind a later one, unless it was sent again', () => {
    const about = [known(2), known(1)];
    const [finding] = judgeBatch(topic, [record(2), record(1)], { known: about, epoch: 1 }).findings;
    expect(finding).toMatchObject({ kind: 'out_of_order', topic: 't', ...stream, sequenceNumber: 1 });
    expect(finding?.detail).toBe('record at offset 1, event e-1: came behind version 2');
    const before = judgeBatch(topic, [record(1)], { known: [known(1, { highestSeen: 5 })], epoch: 1 });
    expect(before.findings).toHaveLength(1);
    const again = known(1, { highestSeen: 5, reemitted: true });
    expect(judgeBatch(topic, [record(1)], { known: [again], epoch: 1 })).toMatchObject({
      seen: [{ version: 1 }],
      findings: [],
    });
  });

  test.each([
    ['an event that the store has not', record(1), known(1, { storedEventId: null }), 'the store has no such event'],
    ['another event at that version', record(1), known(1, { storedEventId: 'e-9' }), 'the store has event e-9 there'],
    ['a type of another topic', record(1, { aggregateType: 'job' }), known(1), 'the topic does not carry job'],
  ])('SHR-32 names %s, and does not count it as seen', (_what, one, about, why) => {
    const judged = judgeBatch(topic, [one], { known: [about], epoch: 1 });
    expect(judged.seen).toEqual([]);
    expect(judged.findings).toMatchObject([{ kind: 'invention', detail: `record at offset 1, event e-1: ${why}` }]);
  });

  test('ACC-81 passes what the store has not, when a restore has ended its timeline', () => {
    const strange = known(1, { storedEventId: null });
    const judged = judgeBatch(topic, [record(1), record(1, { epoch: 2 })], { known: [strange, strange], epoch: 2 });
    expect(judged).toMatchObject({ seen: [], ended: 1, findings: [{ kind: 'invention' }] });
  });

  test('T-33 of a topic that is not in the store is taken as it comes, in any case of the id', () => {
    const judged = judgeBatch({ topic: 'public' }, [record(4)], {
      known: [known(4, { storedEventId: null })],
      epoch: 1,
    });
    expect(judged).toMatchObject({ seen: [{ version: 4 }], findings: [] });
    const upper = judgeBatch(topic, [record(1, { eventId: 'E-1' })], { known: [known(1)], epoch: 1 });
    expect(upper.seen).toHaveLength(1);
  });
});
