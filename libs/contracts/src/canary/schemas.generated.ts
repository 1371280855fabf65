// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of canary. */
export const canarySchemas: Schemas = {
  Canary: {
    1: {
      type: 'record',
      name: 'Canary',
      namespace: 'canary',
      doc: 'Sign of life: the auditor writes one per topic and waits for it. It is no event and belongs to no aggregate; consumers pass it by.',
      fields: [{ name: 'writtenAt', type: 'string', doc: 'When it was written, RFC 3339 in UTC.' }],
    },
  },
};
