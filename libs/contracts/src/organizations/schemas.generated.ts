// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of organizations. */
export const organizationSchemas: Schemas = {
  OrganizationCreated: {
    1: {
      type: 'record',
      name: 'OrganizationCreated',
      namespace: 'organizations',
      doc: 'An organization became known.',
      fields: [
        { name: 'organizationId', type: 'string', doc: 'The organization; also the key of the record.' },
        { name: 'name', type: 'string', doc: 'Its name.' },
      ],
    },
  },
  OrganizationRenamed: {
    1: {
      type: 'record',
      name: 'OrganizationRenamed',
      namespace: 'organizations',
      doc: 'The organization bears another name.',
      fields: [
        { name: 'organizationId', type: 'string', doc: 'The organization; also the key of the record.' },
        { name: 'oldName', type: 'string', doc: 'The name until now.' },
        { name: 'newName', type: 'string', doc: 'The name from now on.' },
      ],
    },
  },
};
