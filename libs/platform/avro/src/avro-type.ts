import avsc from 'avsc';

import { type AvroRecord, type AvroSchema, isUnion } from './avro-schema.ts';

/** Compiles a schema whose values are plain JSON: unions as bare values, records as plain objects. */
export function plainType(schema: object): avsc.Type {
  const named: Record<string, avsc.Type> = {};
  const type = avsc.Type.forSchema(schema as avsc.Schema, {
    wrapUnions: 'never',
    omitRecordMethods: true,
    registry: named,
  });
  for (const part of Object.values(named)) {
    // avsc makes records by a constructor per type. With this prototype its instances are plain objects all the same:
    // a deep comparison with what the store returns succeeds.
    if (part instanceof avsc.types.RecordType)
      (part.recordConstructor as { prototype: object }).prototype = Object.prototype;
  }
  return type;
}

/**
 * The schema without defaults. Bytes are the same, but a writer must fill every field: the default that a reader sees
 * on the topic would be missing in the store.
 */
export function writerSchema(schema: AvroRecord): AvroRecord {
  return withoutDefaults(schema) as AvroRecord;
}

function withoutDefaults(schema: AvroSchema): AvroSchema {
  if (typeof schema === 'string') return schema;
  if (isUnion(schema)) return schema.map(withoutDefaults);
  switch (schema.type) {
    case 'record':
      return {
        ...schema,
        fields: schema.fields.map(({ default: _, ...field }) => ({ ...field, type: withoutDefaults(field.type) })),
      };
    case 'array':
      return { ...schema, items: withoutDefaults(schema.items) };
    case 'map':
      return { ...schema, values: withoutDefaults(schema.values) };
    default:
      return schema;
  }
}
