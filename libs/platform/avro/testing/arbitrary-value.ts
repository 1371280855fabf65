import fc from 'fast-check';

import { type AvroEnum, type AvroRecord, type AvroSchema, isUnion } from '../src/avro-schema.ts';
import { qualify } from '../src/qualified-schema.ts';

/** Plain JSON values that fit an event schema; the schema must not contain itself. */
export function arbitraryValue(schema: AvroRecord): fc.Arbitrary<unknown> {
  const { root, named } = qualify(schema);
  return arbitraryOf(root, named);
}

// Text from any script, without the halves of surrogate pairs, which are no text.
const text = fc.string({ unit: 'binary', maxLength: 12 });

const PRIMITIVES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int: fc.integer(),
  long: fc.maxSafeInteger(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
  string: text,
};

function arbitraryOf(schema: AvroSchema, named: ReadonlyMap<string, AvroRecord | AvroEnum>): fc.Arbitrary<unknown> {
  if (isUnion(schema)) return fc.oneof(...schema.map((branch) => arbitraryOf(branch, named)));
  if (typeof schema === 'string') {
    const definition = named.get(schema);
    return definition ? arbitraryOfNamed(definition, named) : (PRIMITIVES[schema] ?? fc.constant(null));
  }
  switch (schema.type) {
    case 'array':
      return fc.array(arbitraryOf(schema.items, named), { maxLength: 5 });
    case 'map':
      return fc.dictionary(text, arbitraryOf(schema.values, named), { maxKeys: 5, noNullPrototype: true });
    default:
      return arbitraryOf(schema.type, named);
  }
}

function arbitraryOfNamed(
  definition: AvroRecord | AvroEnum,
  named: ReadonlyMap<string, AvroRecord | AvroEnum>,
): fc.Arbitrary<unknown> {
  if (definition.type === 'enum') return fc.constantFrom(...definition.symbols);
  const fields = definition.fields.map(({ name, type }) => [name, arbitraryOf(type, named)]);
  return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, { noNullPrototype: true });
}
