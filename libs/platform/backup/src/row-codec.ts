/**
 * Rows of Postgres as Avro records and back, without a change in any byte. In between, a row is the text that Postgres
 * prints for each column, so that no number is rounded and no key of a jsonb changes its place. Numbers and times are
 * Avro's own in the file, for other readers of it.
 */
import avsc from 'avsc';

/** A column of a table: its name, its type as Postgres calls it, and whether it may be null. */
export type Column = { readonly name: string; readonly type: string; readonly nullable: boolean };

/** One row: the text of each column, as Postgres prints it in a session with UTC and ISO dates. */
export type TextRow = Readonly<Record<string, string | null>>;

type AvroValue = bigint | number | boolean | string | Buffer;
/** As avsc has it: in a union, a value is wrapped in the name of its branch. */
type FieldValue = AvroValue | Readonly<Record<string, AvroValue>> | null;

type Kind = {
  readonly avro: 'string' | 'long' | 'int' | 'boolean' | 'bytes';
  readonly logicalType?: string;
  readonly toAvro: (text: string) => AvroValue;
  readonly toText: (value: never) => string;
};

const asText: Kind = { avro: 'string', toAvro: (text) => text, toText: (value: string) => value };

// Whatever is not listed is a string in the file.
const kinds: Readonly<Record<string, Kind>> = {
  bigint: { avro: 'long', toAvro: BigInt, toText: (value: bigint) => String(value) },
  integer: { avro: 'int', toAvro: Number, toText: (value: number) => String(value) },
  boolean: { avro: 'boolean', toAvro: (text) => text === 'true', toText: (value: boolean) => String(value) },
  bytea: {
    avro: 'bytes',
    toAvro: (text) => Buffer.from(text.slice(2), 'hex'),
    toText: (value: Buffer) => `\\x${value.toString('hex')}`,
  },
  'timestamp with time zone': {
    avro: 'long',
    logicalType: 'timestamp-micros',
    toAvro: microsecondsOf,
    toText: timestampText,
  },
};

const kindOf = (type: string): Kind => kinds[type] ?? asText;

/** Microseconds since 1970 of a timestamp of Postgres. @throws RangeError outside of the years 0001 to 9999 */
export function microsecondsOf(text: string): bigint {
  const [, day, time, fraction = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text) ?? [];
  if (!day) throw new RangeError(`timestamp ${text} is not in the years 0001 to 9999 UTC`);
  return BigInt(Date.parse(`${day}T${time}Z`)) * 1_000n + BigInt(fraction.padEnd(6, '0'));
}

/** Undoes `microsecondsOf`. */
export function timestampText(microseconds: bigint): string {
  const fraction = ((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const second = new Date(Number((microseconds - fraction) / 1_000n)).toISOString().slice(0, 19).replace('T', ' ');
  const digits = String(fraction).padStart(6, '0').replace(/0+$/, '');
  return `${second}${digits && '.'}${digits}+00`;
}

/** Avro's long as BigInt: a JavaScript number would round positions and times. */
const exactLong = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (one: bigint, other: bigint) => (one < other ? -1 : Number(one > other)),
});

/** Avro schema of the rows of a table. `postgres` in each field says what its text was cast from. */
export function rowSchema(table: string, columns: readonly Column[]): object {
  return {
    type: 'record',
    name: `millrace.backup.${table.replaceAll(/\W/g, '_')}`,
    fields: columns.map(({ name, type, nullable }) => {
      const { avro, logicalType } = kindOf(type);
      const value = logicalType === undefined ? avro : { type: avro, logicalType };
      return { name, type: nullable ? ['null', value] : value, postgres: type };
    }),
  };
}

/** Compiles a schema that `rowSchema` made. */
export function rowType(schema: object): avsc.Type {
  return avsc.Type.forSchema(
    schema as avsc.Schema,
    {
      wrapUnions: 'always',
      omitRecordMethods: true,
      typeHook: (part: unknown) => {
        const name = typeof part === 'string' ? part : (part as { type?: unknown }).type;
        return name === 'long' ? exactLong : undefined;
      },
    } as never,
  );
}

type StoredField = { readonly name: string; readonly type: unknown; readonly postgres: string };

/** Columns that a schema made by `rowSchema` was made from. */
export function columnsOf(schema: object): Column[] {
  const { fields } = schema as { readonly fields: readonly StoredField[] };
  return fields.map(({ name, type, postgres }) => ({ name, type: postgres, nullable: Array.isArray(type) }));
}

/** The record for a row. */
export function toRecord(columns: readonly Column[], row: readonly (string | null)[]): Record<string, FieldValue> {
  return Object.fromEntries(
    columns.map(({ name, type, nullable }, index) => {
      const text = row[index] ?? null;
      if (text === null) return [name, null];
      const { avro, toAvro } = kindOf(type);
      return [name, nullable ? { [avro]: toAvro(text) } : toAvro(text)];
    }),
  );
}

/** Undoes `toRecord`. */
export function toRow(columns: readonly Column[], record: Readonly<Record<string, FieldValue>>): TextRow {
  return Object.fromEntries(
    columns.map(({ name, type, nullable }) => {
      const field = record[name] ?? null;
      const { avro, toText } = kindOf(type);
      const value = nullable && field !== null ? (field as Record<string, AvroValue>)[avro] : field;
      return [name, value === null ? null : toText(value as never)];
    }),
  );
}
