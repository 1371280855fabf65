import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { readSchemaFolder, schemaFolderOf } from './schema-files.ts';
import { describeProblem } from './schema-problem.ts';

const field = (name: string, type: unknown, rest: object = {}) => ({ name, type, doc: 'What it means.', ...rest });
const record = (fields: object[], rest: object = {}) => ({
  type: 'record',
  name: 'OrderCreated',
  namespace: 'orders',
  doc: 'What happened.',
  fields,
  ...rest,
});

const folder = (files: Record<string, unknown>) =>
  schemaFolderOf(new Map(Object.entries(files).map(([path, schema]) => [path, JSON.stringify(schema)])));
const problemsOf = (schema: unknown) => folder({ 'orders/OrderCreated.v1.avsc': schema }).problems.map(describeProblem);

test('SHR-17 ACC-69 the schemas of the checkout break no rule', async () => {
  const { files, problems } = await readSchemaFolder(join(import.meta.dirname, '../../../../schemas'));
  expect(problems).toEqual([]);
  expect(files.length).toBeGreaterThan(10);
});

test('files are sorted by type and version, and know their domain and contract', () => {
  const { files, problems } = folder({
    'orders/published/OrderCreated.v1.avsc': record([], { namespace: 'orders.published' }),
    ...Object.fromEntries(
      [10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map((version) => [`orders/OrderCreated.v${version}.avsc`, record([])]),
    ),
  });
  expect(problems).toEqual([]);
  expect(files.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1]);
  expect(files.at(-1)).toMatchObject({ domain: 'orders', published: true, type: 'OrderCreated' });
});

describe('a schema is refused for', () => {
  test.each<[string, unknown, string]>([
    ['no record', { type: 'enum', name: 'OrderCreated', symbols: ['A'] }, 'OrderCreated is not a record'],
    ['another name than its file', record([], { name: 'OrderMade' }), 'OrderCreated has the name OrderMade'],
    ['another namespace than its folder', record([], { namespace: 'sales' }), 'OrderCreated has the namespace sales'],
    ['no doc', record([], { doc: '' }), 'OrderCreated has no doc'],
    ['a field without doc', record([{ name: 'a', type: 'int' }]), 'OrderCreated.a has no doc'],
    [
      'a nested field without doc',
      record([
        field('m', {
          type: 'array',
          items: { type: 'record', name: 'M', doc: 'M.', fields: [{ name: 'a', type: 'int' }] },
        }),
      ]),
      'OrderCreated.m[].a has no doc',
    ],
    [
      'bytes',
      record([field('a', 'bytes')]),
      'OrderCreated.a has the type bytes (an event is the same plain JSON in the store and on the topic)',
    ],
    ['fixed', record([field('a', { type: 'fixed', name: 'F', size: 4 })]), 'OrderCreated.a has the type fixed'],
    ['float', record([field('a', { type: 'map', values: 'float' })]), 'OrderCreated.a{} has the type float'],
    [
      'decimal',
      record([field('a', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 })]),
      'OrderCreated.a has the logical type decimal',
    ],
    [
      'nanoseconds',
      record([field('a', { type: 'long', logicalType: 'timestamp-nanos' })]),
      'OrderCreated.a has the logical type timestamp-nanos',
    ],
    [
      'a union of two types',
      record([field('a', ['int', 'string'])]),
      'OrderCreated.a is a union of other than null and one type',
    ],
    [
      'an enum without default',
      record([field('a', { type: 'enum', name: 'E', doc: 'E.', symbols: ['X'] })]),
      'OrderCreated.a is an enum without a default symbol',
    ],
    [
      'personal data of nobody',
      record([field('email', 'string', { pii: true })]),
      'OrderCreated.email is personal data of nobody',
    ],
    [
      'personal data that is no string',
      record([field('born', 'int', { pii: true }), field('id', 'string')], { subject: 'id' }),
      'OrderCreated.born is personal data but no string',
    ],
    ['a subject that is no field', record([], { subject: 'personId' }), 'OrderCreated has the "subject" personId'],
    ['an unknown type', record([field('a', 'Money')]), 'OrderCreated is not valid Avro: undefined type'],
    ['a default that does not fit', record([field('a', 'int', { default: 'x' })]), 'OrderCreated is not valid Avro'],
    [
      'a type written in another way',
      record([field('a', { type: { type: 'array', items: 'int' } })]),
      'OrderCreated.a wraps a type that is not primitive',
    ],
  ])('%s', (_, schema, problem) => {
    expect(problemsOf(schema)).toContainEqual(expect.stringContaining(problem));
  });

  test('a gap in its versions', () => {
    const { problems } = folder({
      'orders/OrderCreated.v1.avsc': record([]),
      'orders/OrderCreated.v3.avsc': record([]),
    });
    expect(problems.map(({ file, problem }) => `${file} ${problem}`)).toEqual([
      'orders/OrderCreated.v3.avsc has no version 2',
    ]);
  });

  test.each([
    'OrderCreated.avsc',
    'orders/orderCreated.v1.avsc',
    'orders/OrderCreated.v01.avsc',
    'orders/public/OrderCreated.v1.avsc',
  ])('the file name %s', (path) => {
    expect(folder({ [path]: record([]) }).problems).toMatchObject([{ file: path, problem: 'is misnamed' }]);
  });

  test('text that is not JSON', () => {
    const { problems } = schemaFolderOf(new Map([['orders/OrderCreated.v1.avsc', '{']]));
    expect(problems).toMatchObject([
      { file: 'orders/OrderCreated.v1.avsc', problem: expect.stringContaining('is not JSON') },
    ]);
  });
});

test('a schema with all that is allowed breaks no rule', () => {
  const allowed = record(
    [
      field('id', { type: 'string', logicalType: 'uuid' }),
      field('email', ['null', 'string'], { pii: true, default: null }),
      field('at', { type: 'long', logicalType: 'timestamp-micros' }),
      field('ratio', 'double'),
      field('flags', { type: 'map', values: 'boolean' }),
      field('state', { type: 'enum', name: 'State', doc: 'A state.', symbols: ['ON', 'OFF'], default: 'OFF' }),
    ],
    { subject: 'id' },
  );
  expect(problemsOf(allowed)).toEqual([]);
});
