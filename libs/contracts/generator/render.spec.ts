import { describe, expect, test } from '@jest/globals';
import type { AvroRecord, SchemaFile } from '@millrace/avro';
import { format } from 'prettier';

import { renderSchemas } from './render-schemas.ts';
import { renderTypes } from './render-types.ts';

const formatted = (source: string) => format(source, { parser: 'typescript', singleQuote: true, printWidth: 120 });

function file(schema: Omit<AvroRecord, 'type'>, place: Partial<SchemaFile> = {}): SchemaFile {
  const named = { domain: 'parcels', published: false, type: schema.name, version: 1, ...place };
  return { ...named, path: '', schema: { type: 'record', ...schema } };
}

const parcelSent = file({
  name: 'ParcelSent',
  namespace: 'parcels',
  doc: 'A parcel left. Ends a comment: */',
  subject: 'parcelId',
  fields: [
    { name: 'parcelId', type: { type: 'string', logicalType: 'uuid' }, doc: 'The parcel.' },
    { name: 'recipient', type: ['null', 'string'], doc: 'Who gets it.', pii: true, default: null },
    {
      name: 'sentAt',
      type: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
      doc: 'When, if known.',
      default: null,
    },
    { name: 'grams', type: 'int', doc: 'Weight.' },
    { name: 'insured', type: 'boolean', doc: 'Whether it is insured.' },
    {
      name: 'speed',
      type: { type: 'enum', name: 'Speed', doc: 'How fast.', symbols: ['NORMAL', 'EXPRESS'], default: 'NORMAL' },
      doc: 'How fast it goes.',
    },
    {
      name: 'stops',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Stop',
          doc: 'A place on the way.',
          fields: [{ name: 'depot', type: 'string', doc: 'Code of the depot.' }],
        },
      },
      doc: 'The way.',
    },
    { name: 'depot', type: 'parcels.Stop', doc: 'Where it left.' },
    { name: 'marks', type: { type: 'map', values: ['null', 'double'] }, doc: 'Measured values by name.' },
    { name: 'notes', type: { type: 'array', items: ['null', 'string'] }, doc: 'Lines of text.' },
  ],
});

const HEADER = `// Generated from schemas/**/*.avsc by \`npm run generate\`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.
`;

test('golden: the types of one schema with every kind of field', async () => {
  await expect(formatted(renderTypes([parcelSent]))).resolves.toBe(`${HEADER}
import type { DomainEvent } from '@millrace/core';

/** How fast. */
export type Speed = 'NORMAL' | 'EXPRESS';

/** A place on the way. */
export type Stop = {
  /** Code of the depot. */
  readonly depot: string;
};

/** A parcel left. Ends a comment: *\\/ */
export type ParcelSent = DomainEvent<
  'ParcelSent',
  {
    /** The parcel. Avro uuid. */
    readonly parcelId: string;
    /** Who gets it. Personal data. */
    readonly recipient: null | string;
    /** When, if known. Avro timestamp-millis. */
    readonly sentAt: null | number;
    /** Weight. */
    readonly grams: number;
    /** Whether it is insured. */
    readonly insured: boolean;
    /** How fast it goes. */
    readonly speed: Speed;
    /** The way. */
    readonly stops: readonly Stop[];
    /** Where it left. */
    readonly depot: Stop;
    /** Measured values by name. */
    readonly marks: Readonly<Record<string, null | number>>;
    /** Lines of text. */
    readonly notes: readonly (null | string)[];
  }
>;

/** Every event of parcels, in its newest version. */
export type ParcelEvent = ParcelSent;
`);
});

test('golden: the schemas as constants, each version by its number', async () => {
  const lost = { name: 'ParcelLost', namespace: 'parcels', doc: 'A parcel is lost.', fields: [] };
  const found = { name: 'ParcelFound', namespace: 'parcels.published', doc: 'Public: a parcel is back.', fields: [] };
  const files = [file(lost), file({ ...lost, doc: "It's lost." }, { version: 2 }), file(found, { published: true })];
  await expect(formatted(renderSchemas(files))).resolves.toBe(`${HEADER}
/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of parcels. */
export const parcelSchemas: Schemas = {
  ParcelLost: {
    1: { type: 'record', name: 'ParcelLost', namespace: 'parcels', doc: 'A parcel is lost.', fields: [] },
    2: { type: 'record', name: 'ParcelLost', namespace: 'parcels', doc: "It's lost.", fields: [] },
  },
};

/** Every public event schema of parcels. */
export const parcelPublicSchemas: Schemas = {
  ParcelFound: {
    1: {
      type: 'record',
      name: 'ParcelFound',
      namespace: 'parcels.published',
      doc: 'Public: a parcel is back.',
      fields: [],
    },
  },
};
`);
});

describe('types', () => {
  const holding = (name: string, doc: string, inner: string) =>
    file({
      name,
      doc: 'An event.',
      fields: [
        {
          name: 'size',
          type: { type: 'record', name: 'Size', doc, fields: [{ name: inner, type: 'int', doc: 'Length.' }] },
          doc: 'Its size.',
        },
      ],
    });

  test('of one name and shape are written once', () => {
    const source = renderTypes([
      holding('ParcelSent', 'A size.', 'cm'),
      holding('ParcelLost', 'Said otherwise.', 'cm'),
    ]);
    expect(source.match(/export type Size/g)).toHaveLength(1);
  });

  test('of one name and two shapes are refused', () => {
    expect(() => renderTypes([holding('ParcelSent', 'A size.', 'cm'), holding('ParcelLost', 'A size.', 'mm')])).toThrow(
      'two different types are named Size',
    );
  });
});
