import { isDeepStrictEqual } from 'node:util';

import { expect, test } from '@jest/globals';
import fc from 'fast-check';

import { type RowChange, rowChanges } from './row-changes.ts';

test.each<[string, unknown, unknown, RowChange[]]>([
  ['nothing', { a: 1, b: [1, { c: 2 }] }, { a: 1, b: [1, { c: 2 }] }, []],
  [
    'a new row',
    {},
    { a: 1, b: null },
    [
      { path: '/a', after: 1 },
      { path: '/b', after: null },
    ],
  ],
  ['a member', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, [{ path: '/a/c', before: 2, after: 3 }]],
  ['a longer list', { a: [1] }, { a: [1, 2] }, [{ path: '/a/1', after: 2 }]],
  ['what went away', { a: 1, b: 2 }, { a: 1 }, [{ path: '/b', before: 2 }]],
  ['another kind', { a: [1] }, { a: { 0: 1 } }, [{ path: '/a', before: [1], after: { 0: 1 } }]],
  ['a member with a slash', { 'a/b': { '~': 1 } }, { 'a/b': { '~': 2 } }, [{ path: '/a~1b/~0', before: 1, after: 2 }]],
])('CIM-51 %s', (_name, before, after, changes) => {
  expect(rowChanges(before, after)).toEqual(changes);
});

test('CIM-51 there is no difference exactly between equal rows', () => {
  const row = fc.dictionary(fc.constantFrom('a', 'b', 'constructor'), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 });
  const asStored = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
  fc.assert(
    fc.property(row.map(asStored), row.map(asStored), (one, other) => {
      expect(rowChanges(one, asStored(one))).toEqual([]);
      expect(rowChanges(one, other).length === 0).toBe(isDeepStrictEqual(one, other));
    }),
  );
});
