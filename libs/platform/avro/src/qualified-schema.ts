import { type AvroEnum, type AvroRecord, type AvroSchema, fullNameOf, isUnion, namespaceOf } from './avro-schema.ts';

/** A schema in which every name is a full name: that of the event, and the records and enums that names stand for. */
export type QualifiedSchema = {
  readonly root: string;
  readonly named: ReadonlyMap<string, AvroRecord | AvroEnum>;
};

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];

/** Resolves the namespaces of a schema: a name without one belongs to that of the type around it. */
export function qualify(schema: AvroRecord): QualifiedSchema {
  const named = new Map<string, AvroRecord | AvroEnum>();
  qualified(schema, '', named);
  return { root: fullNameOf(schema), named };
}

function qualified(schema: AvroSchema, namespace: string, named: Map<string, AvroRecord | AvroEnum>): AvroSchema {
  if (typeof schema === 'string') return PRIMITIVES.includes(schema) ? schema : fullNameOf({ name: schema }, namespace);
  if (isUnion(schema)) return schema.map((branch) => qualified(branch, namespace, named));
  switch (schema.type) {
    case 'record': {
      const names = qualifiedNames(schema, namespace);
      const own = namespaceOf(names.name);
      const fields = schema.fields.map((field) => ({ ...field, type: qualified(field.type, own, named) }));
      named.set(names.name, { ...schema, ...names, fields });
      return names.name;
    }
    case 'enum': {
      const names = qualifiedNames(schema, namespace);
      named.set(names.name, { ...schema, ...names });
      return names.name;
    }
    case 'array':
      return { ...schema, items: qualified(schema.items, namespace, named) };
    case 'map':
      return { ...schema, values: qualified(schema.values, namespace, named) };
    default:
      return schema;
  }
}

function qualifiedNames(schema: AvroRecord | AvroEnum, enclosing: string): { name: string; aliases: string[] } {
  const name = fullNameOf(schema, enclosing);
  return { name, aliases: (schema.aliases ?? []).map((alias) => fullNameOf({ name: alias }, namespaceOf(name))) };
}
