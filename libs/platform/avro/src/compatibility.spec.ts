import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';

import { arbitraryEdit } from '../testing/arbitrary-edit.ts';
import type { AvroField, AvroRecord } from './avro-schema.ts';
import { compatibilityProblems, type VersionedSchema } from './compatibility.ts';
import { describeProblem } from './schema-problem.ts';

const created = (...fields: AvroField[]): AvroRecord => ({
  type: 'record',
  name: 'OrderCreated',
  namespace: 'orders',
  fields: [{ name: 'orderId', type: 'string' }, ...fields],
});

/** Problems of the last version with all before it, one line each. */
function problemsOf(...schemas: AvroRecord[]): string[] {
  const versions: VersionedSchema[] = schemas.map((schema, index) => ({ version: index + 1, schema }));
  const newer = versions.at(-1);
  return newer ? compatibilityProblems(versions.slice(0, -1), newer).map(describeProblem) : [];
}

const money = (...fields: AvroField[]): AvroField => ({
  name: 'total',
  type: { type: 'record', name: 'Money', fields },
});
const status = (symbols: string[], fallback?: string): AvroField => ({
  name: 'status',
  type: { type: 'enum', name: 'Status', symbols, ...(fallback && { default: fallback }) },
});

describe('SHR-17 FULL_TRANSITIVE accepts', () => {
  test.each<[string, AvroRecord[]]>([
    ['a new field with a default', [created(), created({ name: 'note', type: ['null', 'string'], default: null })]],
    ['the removal of a field with a default', [created({ name: 'note', type: 'string', default: '' }), created()]],
    [
      'another order of the fields',
      [
        created({ name: 'a', type: 'int' }, { name: 'b', type: 'int' }),
        created({ name: 'b', type: 'int' }, { name: 'a', type: 'int' }),
      ],
    ],
    [
      'a symbol more or less where both have a default',
      [created(status(['A', 'B'], 'A')), created(status(['A', 'C'], 'A'))],
    ],
    ['other docs', [created(), { ...created(), doc: 'Better said.' }]],
    ['a record that contains itself', [recursive(), recursive()]],
  ])('%s', (_, schemas) => {
    expect(problemsOf(...schemas)).toEqual([]);
  });
});

describe('SHR-17 FULL_TRANSITIVE refuses, with field, rule and fix:', () => {
  test('a new field without a default', () => {
    expect(problemsOf(created(), created(), created({ name: 'note', type: 'string' }))).toEqual([
      'OrderCreated.note was added without a default (FULL_TRANSITIVE: readers with v3 meet records of v1–v2). ' +
        'Fix: make "type": ["null", "string"] with "default": null, or add a "default" that no real value has',
    ]);
  });

  test('a removed field that had no default', () => {
    expect(problemsOf(created({ name: 'note', type: 'string' }), created())).toEqual([
      'OrderCreated.note was removed or renamed, and has no default in the older version ' +
        '(FULL_TRANSITIVE: readers with v1 meet records of v2). ' +
        'Fix: keep the field as it was; what no longer has it is a new event type',
    ]);
  });

  test('a rename, with and without alias', () => {
    const before = created({ name: 'note', type: 'string' });
    const renamed = problemsOf(before, created({ name: 'remark', type: 'string' }));
    expect(renamed).toEqual([
      expect.stringContaining('OrderCreated.remark was added'),
      expect.stringContaining('OrderCreated.note was removed or renamed'),
    ]);
    const aliased = problemsOf(before, created({ name: 'remark', type: 'string', aliases: ['note'] }));
    expect(aliased).toEqual([expect.stringContaining('OrderCreated.note was removed or renamed')]);
  });

  test('a widened type, since old readers read on', () => {
    expect(problemsOf(created({ name: 'pieces', type: 'int' }), created({ name: 'pieces', type: 'long' }))).toEqual([
      'OrderCreated.pieces changed its type from int to long (FULL_TRANSITIVE: readers with v1 meet records of v2). ' +
        'Fix: keep the type; add a field of the new type, with a default, beside it',
    ]);
  });

  test.each<[string, AvroField, AvroField, string]>([
    [
      'a type made nullable',
      { name: 'a', type: 'string' },
      { name: 'a', type: ['null', 'string'] },
      'OrderCreated.a changed its type from string to null | string',
    ],
    [
      'another logical type',
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
      'OrderCreated.at changed its type from long (timestamp-millis) to long (timestamp-micros)',
    ],
    [
      'another type of items',
      { name: 'a', type: { type: 'array', items: 'int' } },
      { name: 'a', type: { type: 'array', items: 'string' } },
      'OrderCreated.a[] changed its type from int to string',
    ],
    [
      'another type of map values',
      { name: 'a', type: { type: 'map', values: 'int' } },
      { name: 'a', type: { type: 'map', values: 'string' } },
      'OrderCreated.a{} changed its type from int to string',
    ],
    [
      'a symbol that old readers do not know',
      status(['A']),
      status(['A', 'B']),
      'OrderCreated.status gained the symbol B, and has no default in the older version',
    ],
    [
      'a symbol that old records have',
      status(['A', 'B']),
      status(['A']),
      'OrderCreated.status lost the symbol B and has no default',
    ],
    [
      'a field inside a nested record',
      money({ name: 'amount', type: 'string' }),
      money({ name: 'amount', type: 'string' }, { name: 'scale', type: 'int' }),
      'OrderCreated.total.scale was added without a default',
    ],
    [
      'another name of a nested record',
      money(),
      { name: 'total', type: { type: 'record', name: 'Amount', fields: [] } },
      'OrderCreated.total is of record orders.Amount, it was of orders.Money',
    ],
  ])('%s', (_, before, after, problem) => {
    expect(problemsOf(created(before), created(after))).toEqual([expect.stringContaining(problem)]);
  });

  test('another namespace', () => {
    expect(problemsOf(created(), { ...created(), namespace: 'sales' })).toEqual([
      expect.stringContaining('OrderCreated is of record sales.OrderCreated, it was of orders.OrderCreated'),
    ]);
  });

  test('what only the oldest version breaks', () => {
    const withDefault = created({ name: 'note', type: 'string', default: '' });
    const without = created({ name: 'note', type: 'string' });
    expect(problemsOf(created(), withDefault, without)).toEqual([
      expect.stringContaining('readers with v3 meet records of v1)'),
    ]);
  });
});

test('the verdict is that of a real decoder, both ways', () => {
  let compatible = 0;
  fc.assert(
    fc.property(arbitraryEdit(), ({ before, after }) => {
      const problems = problemsOf(before, after);
      if (problems.length === 0) compatible += 1;
      expect({ problems, compatible: problems.length === 0 }).toMatchObject({
        compatible: reads(before, after) && reads(after, before),
      });
    }),
    { numRuns: 2_000 },
  );
  expect(compatible).toBeGreaterThan(100);
});

/** Whether a decoder with the reader's schema takes what the writer's schema writes. */
function reads(readerSchema: AvroRecord, writerSchema: AvroRecord): boolean {
  const [reader, writer] = [readerSchema, writerSchema].map((schema) =>
    avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: 'never' }),
  );
  try {
    const resolver = writer && reader?.createResolver(writer);
    return resolver !== undefined;
  } catch {
    return false;
  }
}

function recursive(): AvroRecord {
  return created({ name: 'replaces', type: ['null', 'OrderCreated'], default: null });
}
