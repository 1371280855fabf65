import { describe, expect, it } from '@jest/globals';

import { compareTopic } from './index.ts';

const stored = [
  { eventId: 'a1', aggregateId: 'a', sequenceNumber: 1 },
  { eventId: 'a2', aggregateId: 'a', sequenceNumber: 2 },
  { eventId: 'b1', aggregateId: 'b', sequenceNumber: 1 },
];
const record = (eventId: string, partition: number, offset: number) => ({
  eventId,
  partition,
  offset,
  key: eventId.slice(0, 1),
  aggregateVersion: Number(eventId.slice(1)),
});
const clean = { committed: 3, onTopic: 3, lost: [], duplicated: [], invented: [], outOfOrder: [] };

describe('compareTopic', () => {
  it('SHR-16 finds nothing where nothing is wrong', () => {
    expect(compareTopic(stored, [record('a1', 0, 0), record('a2', 0, 1), record('b1', 1, 0)])).toEqual(clean);
  });

  it('SHR-18 names what is lost', () => {
    expect(compareTopic(stored, [record('a1', 0, 0), record('b1', 1, 0)])).toMatchObject({ onTopic: 2, lost: ['a2'] });
  });

  it('SHR-18 names what came twice, which is out of order too', () => {
    expect(
      compareTopic(stored, [record('a1', 0, 0), record('a2', 0, 1), record('a2', 0, 2), record('b1', 1, 0)]),
    ).toEqual({ ...clean, duplicated: ['a2'], outOfOrder: ['a2'] });
  });

  it('names what the store never had', () => {
    expect(
      compareTopic(stored, [record('a1', 0, 0), record('a2', 0, 1), record('b1', 1, 0), record('c1', 1, 1)]),
    ).toEqual({ ...clean, onTopic: 4, invented: ['c1'] });
  });

  it('SHR-16 names what overtook, and a key in two partitions', () => {
    expect(compareTopic(stored, [record('a2', 0, 0), record('a1', 0, 1), record('b1', 1, 0)])).toEqual({
      ...clean,
      outOfOrder: ['a1'],
    });
    expect(compareTopic(stored, [record('a1', 0, 0), record('a2', 3, 0), record('b1', 1, 0)])).toEqual({
      ...clean,
      outOfOrder: ['a2'],
    });
  });
});
