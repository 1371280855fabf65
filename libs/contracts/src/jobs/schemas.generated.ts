// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of jobs. */
export const jobSchemas: Schemas = {
  JobCancelled: {
    1: {
      type: 'record',
      name: 'JobCancelled',
      namespace: 'jobs',
      doc: 'The job will not run to its end, because somebody decided so.',
      fields: [
        { name: 'jobId', type: 'string', doc: 'The job; also the key of the record.' },
        { name: 'reason', type: 'string', doc: 'Why, in the words of whoever cancelled.' },
      ],
    },
  },
  JobCompleted: {
    1: {
      type: 'record',
      name: 'JobCompleted',
      namespace: 'jobs',
      doc: 'The job has done its work.',
      fields: [{ name: 'jobId', type: 'string', doc: 'The job; also the key of the record.' }],
    },
  },
  JobCreated: {
    1: {
      type: 'record',
      name: 'JobCreated',
      namespace: 'jobs',
      doc: 'Somebody asked for a job to be run. It does not run yet.',
      fields: [
        { name: 'jobId', type: 'string', doc: 'The job; also the key of the record.' },
        { name: 'name', type: 'string', doc: 'What people call it.' },
        { name: 'command', type: 'string', doc: 'Command line that runs.' },
        { name: 'image', type: 'string', doc: 'Container image that it runs in.' },
        { name: 'metadata', type: { type: 'map', values: 'string' }, doc: 'Free labels.' },
      ],
    },
  },
  JobFailed: {
    1: {
      type: 'record',
      name: 'JobFailed',
      namespace: 'jobs',
      doc: 'The attempt ended without success; it may be retried.',
      fields: [
        { name: 'jobId', type: 'string', doc: 'The job; also the key of the record.' },
        { name: 'reason', type: 'string', doc: 'Why, in the words of whoever ran it.' },
      ],
    },
  },
  JobMetadataUpdated: {
    1: {
      type: 'record',
      name: 'JobMetadataUpdated',
      namespace: 'jobs',
      doc: 'The labels of the job were replaced.',
      fields: [
        { name: 'jobId', type: 'string', doc: 'The job; also the key of the record.' },
        { name: 'metadata', type: { type: 'map', values: 'string' }, doc: 'All labels that it has now.' },
      ],
    },
  },
  JobRetried: {
    1: {
      type: 'record',
      name: 'JobRetried',
      namespace: 'jobs',
      doc: 'A further attempt was asked for. It does not run yet.',
      fields: [
        { name: 'jobId', type: 'string', doc: 'The job; also the key of the record.' },
        { name: 'attempt', type: 'int', doc: 'Number of the further attempt: 2 for the first retry.' },
      ],
    },
  },
  JobStarted: {
    1: {
      type: 'record',
      name: 'JobStarted',
      namespace: 'jobs',
      doc: 'The job runs.',
      fields: [
        { name: 'jobId', type: 'string', doc: 'The job; also the key of the record.' },
        { name: 'attempt', type: 'int', doc: 'Which attempt this is: 1 for the first.' },
      ],
    },
  },
};
