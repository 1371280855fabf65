/** An Avro schema as JSON, in the subset that event schemas may use; `schemaProblems` refuses the rest. */
export type AvroSchema = string | readonly AvroSchema[] | AvroPrimitive | AvroRecord | AvroEnum | AvroArray | AvroMap;

/** A primitive type that carries a logical type. */
export type AvroPrimitive = {
  readonly type: 'null' | 'boolean' | 'int' | 'long' | 'double' | 'string';
  readonly logicalType?: string;
};

/** A record: `subject` names the field that tells whose personal data the record holds. */
export type AvroRecord = {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly aliases?: readonly string[];
  readonly doc?: string;
  readonly subject?: string;
  readonly fields: readonly AvroField[];
};

/** A field of a record: `pii` marks personal data. */
export type AvroField = {
  readonly name: string;
  readonly type: AvroSchema;
  readonly aliases?: readonly string[];
  readonly doc?: string;
  readonly default?: unknown;
  readonly pii?: boolean;
};

/** An enum: `default` stands in for a symbol that the reader does not know. */
export type AvroEnum = {
  readonly type: 'enum';
  readonly name: string;
  readonly namespace?: string;
  readonly aliases?: readonly string[];
  readonly doc?: string;
  readonly symbols: readonly string[];
  readonly default?: string;
};

export type AvroArray = { readonly type: 'array'; readonly items: AvroSchema };
export type AvroMap = { readonly type: 'map'; readonly values: AvroSchema };

/** Namespace and name, joined by a point: `orders.OrderCreated`. */
export function fullNameOf(named: { readonly name: string; readonly namespace?: string }, enclosing = ''): string {
  if (named.name.includes('.')) return named.name;
  const namespace = named.namespace ?? enclosing;
  return namespace === '' ? named.name : `${namespace}.${named.name}`;
}

/** Namespace of a full name; empty where it has none. */
export function namespaceOf(fullName: string): string {
  return fullName.includes('.') ? fullName.slice(0, fullName.lastIndexOf('.')) : '';
}

/** Whether a schema is a union: the list of its branches. */
export function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}
