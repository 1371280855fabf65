// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of persons. */
export const personSchemas: Schemas = {
  PersonBirthDateCorrected: {
    1: {
      type: 'record',
      name: 'PersonBirthDateCorrected',
      namespace: 'persons',
      doc: 'The recorded day of birth was wrong or missing.',
      subject: 'personId',
      fields: [
        { name: 'personId', type: 'string', doc: 'The person; also the key of the record.' },
        {
          name: 'birthDate',
          type: 'string',
          doc: 'Calendar day of birth without time or zone, for example 1990-02-28.',
          pii: true,
        },
      ],
    },
  },
  PersonCreated: {
    1: {
      type: 'record',
      name: 'PersonCreated',
      namespace: 'persons',
      doc: 'A person became known.',
      subject: 'personId',
      fields: [
        { name: 'personId', type: 'string', doc: 'The person; also the key of the record.' },
        {
          name: 'legalName',
          type: {
            type: 'record',
            name: 'LegalName',
            doc: 'Name of a person as the law knows it.',
            fields: [
              { name: 'givenName', type: 'string', doc: 'First or given names.', pii: true },
              {
                name: 'middleName',
                type: ['null', 'string'],
                doc: 'Middle names, where there are any.',
                pii: true,
                default: null,
              },
              { name: 'familyName', type: 'string', doc: 'Last or family name.', pii: true },
            ],
          },
          doc: 'The name as the law knows it.',
        },
        {
          name: 'birthDate',
          type: ['null', 'string'],
          doc: 'Calendar day of birth without time or zone, for example 1990-02-28; null where it is not known.',
          pii: true,
          default: null,
        },
      ],
    },
  },
  PersonEmailChanged: {
    1: {
      type: 'record',
      name: 'PersonEmailChanged',
      namespace: 'persons',
      doc: 'The person is reached under another email address.',
      subject: 'personId',
      fields: [
        { name: 'personId', type: 'string', doc: 'The person; also the key of the record.' },
        { name: 'email', type: 'string', doc: 'The address that holds from now on.', pii: true },
      ],
    },
  },
  PersonLegalNameChanged: {
    1: {
      type: 'record',
      name: 'PersonLegalNameChanged',
      namespace: 'persons',
      doc: 'The person bears another name.',
      subject: 'personId',
      fields: [
        { name: 'personId', type: 'string', doc: 'The person; also the key of the record.' },
        {
          name: 'legalName',
          type: {
            type: 'record',
            name: 'LegalName',
            doc: 'Name of a person as the law knows it.',
            fields: [
              { name: 'givenName', type: 'string', doc: 'First or given names.', pii: true },
              {
                name: 'middleName',
                type: ['null', 'string'],
                doc: 'Middle names, where there are any.',
                pii: true,
                default: null,
              },
              { name: 'familyName', type: 'string', doc: 'Last or family name.', pii: true },
            ],
          },
          doc: 'The name that holds from now on.',
        },
      ],
    },
  },
};
