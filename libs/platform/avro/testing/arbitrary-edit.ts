import fc from 'fast-check';

import type { AvroEnum, AvroField, AvroRecord, AvroSchema } from '../src/avro-schema.ts';

/** A schema and what somebody made of it with one to three small edits. */
export type Edit = { readonly before: AvroRecord; readonly after: AvroRecord };

/** Edited event schemas, compatible and not. */
export function arbitraryEdit(): fc.Arbitrary<Edit> {
  // Each edit has a name of its own to add: twice the same named type would be no valid schema.
  const edits = fc.tuple(
    ...ADDED_NAMES.map((name) => fc.tuple(fc.constantFrom(...EDITS), fc.nat(), arbitraryField(name))),
  );
  const count = fc.integer({ min: 1, max: ADDED_NAMES.length });
  return fc.tuple(arbitraryRecord(), edits, count).map(([before, steps, taken]) => ({
    before,
    after: steps.slice(0, taken).reduce((record, [edit, pick, field]) => edit(record, pick, field), before),
  }));
}

const FIELD_NAMES = ['a', 'b', 'c', 'd'];
const ADDED_NAMES = ['e', 'f', 'g'];

function arbitraryRecord(): fc.Arbitrary<AvroRecord> {
  return fc.tuple(...FIELD_NAMES.map(arbitraryField), fc.integer({ min: 1, max: FIELD_NAMES.length })).map((parts) => {
    const fields = parts.slice(0, -1) as AvroField[];
    return { type: 'record', name: 'Event', namespace: 'test', fields: fields.slice(0, parts.at(-1) as number) };
  });
}

/** Types with a default that fits; named types are named after their field, so that one schema may hold several. */
function arbitraryField(name: string): fc.Arbitrary<AvroField> {
  const enumOf = (symbols: string[], fallback?: string): AvroEnum => ({
    type: 'enum',
    name: `Enum_${name}`,
    symbols,
    ...(fallback && { default: fallback }),
  });
  const inner = (...fields: AvroField[]): AvroRecord => ({ type: 'record', name: `Inner_${name}`, fields });
  const types: [AvroSchema, unknown][] = [
    ['int', 1],
    ['long', 1],
    ['double', 0.5],
    ['string', 'x'],
    ['boolean', false],
    [['null', 'string'], null],
    [['null', 'int'], null],
    [['null', 'long'], null],
    [{ type: 'array', items: 'int' }, []],
    [{ type: 'array', items: 'string' }, []],
    [{ type: 'map', values: 'long' }, {}],
    [{ type: 'map', values: ['null', 'string'] }, {}],
    [enumOf(['X', 'Y']), 'X'],
    [enumOf(['X', 'Y', 'Z'], 'X'), 'Y'],
    [enumOf(['X', 'Z'], 'Z'), 'X'],
    [inner({ name: 'p', type: 'int' }), { p: 1 }],
    [inner({ name: 'p', type: 'int', default: 0 }, { name: 'q', type: ['null', 'string'], default: null }), {}],
    [['null', inner({ name: 'q', type: 'string' })], null],
  ];
  return fc
    .tuple(fc.constantFrom(...types), fc.boolean())
    .map(([[type, value], hasDefault]) => ({ name, type, ...(hasDefault && { default: value }) }));
}

type EditStep = (record: AvroRecord, pick: number, field: AvroField) => AvroRecord;

const withFields = (record: AvroRecord, fields: readonly AvroField[]): AvroRecord => ({ ...record, fields });

/** Replaces the picked field. */
const editField =
  (edit: (picked: AvroField, field: AvroField) => AvroField): EditStep =>
  (record, pick, field) => {
    const index = pick % record.fields.length;
    return withFields(
      record,
      record.fields.map((picked, at) => (at === index ? edit(picked, field) : picked)),
    );
  };

const EDITS: readonly EditStep[] = [
  (record, _, field) => withFields(record, [...record.fields, field]),
  (record, pick) =>
    withFields(
      record,
      record.fields.length > 1 ? record.fields.toSpliced(pick % record.fields.length, 1) : record.fields,
    ),
  editField((picked) => ({ ...picked, name: `${picked.name}x` })),
  editField((picked) => ({ ...picked, name: `${picked.name}y`, aliases: [picked.name] })),
  editField(({ default: _, ...picked }) => picked),
  // Names of nested types follow the field, so this one can change an enum, a record or a primitive alike.
  editField((picked, field) => renamedTypes({ ...field, name: picked.name }, { from: field.name, to: picked.name })),
  editField((picked) => renamedTypes(picked, { from: picked.name, to: `${picked.name}z` })),
  editField((picked) => renamedTypes(picked, { from: picked.name, to: `${picked.name}z`, withAlias: true })),
];

type Renaming = { readonly from: string; readonly to: string; readonly withAlias?: boolean };

function renamedTypes(field: AvroField, { from, to, withAlias }: Renaming): AvroField {
  const rename = (_: string, kind: string) =>
    `"name":"${kind}_${to}"${withAlias ? `,"aliases":["${kind}_${from}"]` : ''}`;
  const text = JSON.stringify(field.type).replaceAll(new RegExp(`"name":"(Enum|Inner)_${from}"`, 'g'), rename);
  return { ...field, type: JSON.parse(text) as AvroSchema };
}
