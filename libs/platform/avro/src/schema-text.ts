import { type AvroSchema, isUnion } from './avro-schema.ts';

/** A type in a few words: `string | null`, `array of orders.OrderItem`, `long (timestamp-millis)`. */
export function textOf(schema: AvroSchema): string {
  if (typeof schema === 'string') return schema;
  if (isUnion(schema)) return schema.map(textOf).join(' | ');
  switch (schema.type) {
    case 'array':
      return `array of ${textOf(schema.items)}`;
    case 'map':
      return `map of ${textOf(schema.values)}`;
    case 'record':
    case 'enum':
      return schema.name;
    default:
      return schema.logicalType ? `${schema.type} (${schema.logicalType})` : schema.type;
  }
}

/** Logical type of a primitive, if it has one. */
export function logicalTypeOf(schema: AvroSchema): string | undefined {
  return typeof schema === 'object' && 'logicalType' in schema ? schema.logicalType : undefined;
}

/** How to give a field of the type a default. */
export function defaultFor(type: AvroSchema): string {
  if (isUnion(type))
    return type[0] === 'null' ? 'add "default": null' : 'put null first in its type and add "default": null';
  const nullable = typeof type === 'string' ? `"type": ["null", "${type}"]` : 'its type a union of "null" and this one';
  return `make ${nullable} with "default": null, or add a "default" that no real value has`;
}
