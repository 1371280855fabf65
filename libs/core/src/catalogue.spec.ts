import { describe, expect, it } from '@jest/globals';

import { EventCatalogue, type EventDefinition } from './index.ts';

const renamed: EventDefinition = {
  type: 'Renamed',
  aggregateType: 'thing',
  topic: 'things.events.v1',
  schemas: { 1: {}, 2: {}, 3: {} },
  upcasters: {
    1: (data) => ({ ...(data as object), second: true }),
    2: (data) => ({ ...(data as object), third: true }),
  },
};

describe('EventCatalogue', () => {
  const catalogue = new EventCatalogue([renamed]);

  it('SHR-23 takes data of any version to the current one, step by step', () => {
    expect(catalogue.upcast('Renamed', 1, { name: 'a' })).toEqual({ name: 'a', second: true, third: true });
    expect(catalogue.upcast('Renamed', 2, { name: 'a' })).toEqual({ name: 'a', third: true });
    expect(catalogue.upcast('Renamed', 3, { name: 'a' })).toEqual({ name: 'a' });
  });

  it('SHR-22 T-15 fails loudly on an unknown type and on a version from the future', () => {
    expect(() => catalogue.upcast('Removed', 1, {})).toThrow(expect.objectContaining({ code: 'UNKNOWN_EVENT_TYPE' }));
    expect(() => catalogue.upcast('Renamed', 4, {})).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_EVENT_TYPE', facts: { type: 'Renamed', version: 4, current: 3 } }),
    );
  });

  it('SHR-22 a type that is added loads without touching anything else', () => {
    const wider = new EventCatalogue([renamed, { ...renamed, type: 'Added', schemas: { 1: {} }, upcasters: {} }]);
    expect(wider.upcast('Added', 1, { name: 'b' })).toEqual({ name: 'b' });
  });

  describe('names under which older stores hold a type', () => {
    const aliased = { ...renamed, aliases: ['thing.renamed', 'thing.named'] };
    const older = new EventCatalogue([aliased]);

    it('T-21 TOX-6 each stands for the one type, which is its own name', () => {
      for (const name of ['thing.renamed', 'thing.named', 'Renamed']) {
        expect(older.canonicalType(name)).toBe('Renamed');
        expect(older.definition(name)).toBe(aliased);
        expect(older.upcast(name, 1, { name: 'a' })).toEqual({ name: 'a', second: true, third: true });
      }
      expect(older.definitions).toEqual([aliased]);
    });

    it('T-15 a name that nobody gave stays as it is, and is unknown', () => {
      expect(older.canonicalType('thing.removed')).toBe('thing.removed');
      expect(older.has('thing.removed')).toBe(false);
      expect(() => older.upcast('thing.removed', 1, {})).toThrow(
        expect.objectContaining({ code: 'UNKNOWN_EVENT_TYPE', facts: { type: 'thing.removed' } }),
      );
    });

    it('T-21 no name stands for two types', () => {
      const other = { ...renamed, type: 'Other', aliases: ['thing.named'] };
      expect(() => new EventCatalogue([aliased, other])).toThrow('defined twice');
      expect(() => new EventCatalogue([renamed, { ...other, aliases: ['Renamed'] }])).toThrow('defined twice');
    });
  });

  it.each([
    ['a type defined twice', [renamed, renamed], 'defined twice'],
    ['a version gap', [{ ...renamed, schemas: { 1: {}, 3: {} } }], 'without a gap'],
    ['a missing step', [{ ...renamed, upcasters: { 1: (data: unknown) => data } }], 'no upcaster from version 2'],
  ])('SHR-22 refuses %s', (_, definitions, message) => {
    expect(() => new EventCatalogue(definitions)).toThrow(message);
  });
});
