// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of hirings. */
export const hiringSchemas: Schemas = {
  HiringCancelled: {
    1: {
      type: 'record',
      name: 'HiringCancelled',
      namespace: 'hirings',
      doc: 'The hiring was called off.',
      fields: [
        { name: 'hiringId', type: 'string', doc: 'The hiring; also the key of the record.' },
        { name: 'reason', type: 'string', doc: 'Why, in the words of whoever cancelled.' },
      ],
    },
  },
  HiringCompleted: {
    1: {
      type: 'record',
      name: 'HiringCompleted',
      namespace: 'hirings',
      doc: 'The person is employed and HR has been told.',
      fields: [
        { name: 'hiringId', type: 'string', doc: 'The hiring; also the key of the record.' },
        { name: 'employmentId', type: 'string', doc: 'The employment that came of it.' },
      ],
    },
  },
  HiringFailed: {
    1: {
      type: 'record',
      name: 'HiringFailed',
      namespace: 'hirings',
      doc: 'The hiring came to nothing.',
      fields: [
        { name: 'hiringId', type: 'string', doc: 'The hiring; also the key of the record.' },
        { name: 'reason', type: 'string', doc: 'What stood in the way.' },
      ],
    },
  },
  HiringStarted: {
    1: {
      type: 'record',
      name: 'HiringStarted',
      namespace: 'hirings',
      doc: 'An organization wants to hire a person, who may not be known yet.',
      fields: [
        { name: 'hiringId', type: 'string', doc: 'The hiring; also the key of the record.' },
        { name: 'personId', type: 'string', doc: 'Who shall be hired.' },
        { name: 'organizationId', type: 'string', doc: 'Who hires.' },
      ],
    },
  },
};

/** Every public event schema of hirings. */
export const hiringPublicSchemas: Schemas = {
  HrNotified: {
    1: {
      type: 'record',
      name: 'HrNotified',
      namespace: 'hirings.published',
      doc: "Public: HR is told that a person was hired. The record's ce_id is the idempotency key: it is the same however often the message is sent.",
      fields: [
        { name: 'hiringId', type: 'string', doc: 'The hiring; also the key of the record.' },
        { name: 'personId', type: 'string', doc: 'Who was hired.' },
        { name: 'organizationId', type: 'string', doc: 'Who hired.' },
        { name: 'employmentId', type: 'string', doc: 'The employment.' },
      ],
    },
  },
};
