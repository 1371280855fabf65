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

  it.each([
    ['a type defined twice', [renamed, renamed], 'defined twice'],
    ['a version gap', [{ ...renamed, schemas: { 1: {}, 3: {} } }], 'without a gap'],
    ['a missing step', [{ ...renamed, upcasters: { 1: (data: unknown) => data } }], 'no upcaster from version 2'],
  ])('SHR-22 refuses %s', (_, definitions, message) => {
    expect(() => new EventCatalogue(definitions)).toThrow(message);
  });
});
