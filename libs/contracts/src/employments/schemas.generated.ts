// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of employments. */
export const employmentSchemas: Schemas = {
  EmploymentCreated: {
    1: {
      type: 'record',
      name: 'EmploymentCreated',
      namespace: 'employments',
      doc: 'A person works for an organization.',
      fields: [
        { name: 'employmentId', type: 'string', doc: 'The employment; also the key of the record.' },
        { name: 'personId', type: 'string', doc: 'Who is employed.' },
        { name: 'organizationId', type: 'string', doc: 'By whom.' },
      ],
    },
  },
  EmploymentEnded: {
    1: {
      type: 'record',
      name: 'EmploymentEnded',
      namespace: 'employments',
      doc: 'The person does not work for the organization any more.',
      fields: [
        { name: 'employmentId', type: 'string', doc: 'The employment; also the key of the record.' },
        { name: 'personId', type: 'string', doc: 'Who is employed.' },
        { name: 'organizationId', type: 'string', doc: 'By whom.' },
        { name: 'reason', type: 'string', doc: 'Why, in the words of whoever ended it.' },
      ],
    },
  },
};
