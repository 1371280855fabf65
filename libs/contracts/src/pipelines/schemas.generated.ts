// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

/** Event type → schema version → Avro schema. */
type Schemas = Readonly<Record<string, Readonly<Record<number, object>>>>;

/** Every event schema of pipelines. */
export const pipelineSchemas: Schemas = {
  PipelineCancelled: {
    1: {
      type: 'record',
      name: 'PipelineCancelled',
      namespace: 'pipelines',
      doc: 'The pipeline will not run to its end, because somebody decided so.',
      fields: [
        { name: 'pipelineId', type: 'string', doc: 'The pipeline; also the key of the record.' },
        { name: 'reason', type: 'string', doc: 'Why, in the words of whoever cancelled.' },
      ],
    },
  },
  PipelineCompleted: {
    1: {
      type: 'record',
      name: 'PipelineCompleted',
      namespace: 'pipelines',
      doc: 'Every step has completed.',
      fields: [{ name: 'pipelineId', type: 'string', doc: 'The pipeline; also the key of the record.' }],
    },
  },
  PipelineCreated: {
    1: {
      type: 'record',
      name: 'PipelineCreated',
      namespace: 'pipelines',
      doc: 'Somebody asked for jobs to be run one after the other.',
      fields: [
        { name: 'pipelineId', type: 'string', doc: 'The pipeline; also the key of the record.' },
        { name: 'name', type: 'string', doc: 'What people call it.' },
        {
          name: 'steps',
          type: {
            type: 'array',
            items: {
              type: 'record',
              name: 'PipelineStep',
              doc: 'One step of a pipeline: what its job shall run.',
              fields: [
                { name: 'name', type: 'string', doc: 'What people call the step; also the name of its job.' },
                { name: 'command', type: 'string', doc: 'Command line of its job.' },
                { name: 'image', type: 'string', doc: 'Container image of its job.' },
              ],
            },
          },
          doc: 'All steps in their order, at least one.',
        },
      ],
    },
  },
  PipelineFailed: {
    1: {
      type: 'record',
      name: 'PipelineFailed',
      namespace: 'pipelines',
      doc: 'A step failed, so the pipeline did.',
      fields: [
        { name: 'pipelineId', type: 'string', doc: 'The pipeline; also the key of the record.' },
        { name: 'step', type: 'int', doc: 'Number of the step; the first is 1.' },
        { name: 'reason', type: 'string', doc: 'Why the step failed.' },
      ],
    },
  },
  PipelineStepCompleted: {
    1: {
      type: 'record',
      name: 'PipelineStepCompleted',
      namespace: 'pipelines',
      doc: 'The job of the step has completed.',
      fields: [
        { name: 'pipelineId', type: 'string', doc: 'The pipeline; also the key of the record.' },
        { name: 'step', type: 'int', doc: 'Number of the step; the first is 1.' },
      ],
    },
  },
  PipelineStepFailed: {
    1: {
      type: 'record',
      name: 'PipelineStepFailed',
      namespace: 'pipelines',
      doc: 'The job of the step failed or was cancelled.',
      fields: [
        { name: 'pipelineId', type: 'string', doc: 'The pipeline; also the key of the record.' },
        { name: 'step', type: 'int', doc: 'Number of the step; the first is 1.' },
        { name: 'reason', type: 'string', doc: 'Why the job did not complete.' },
      ],
    },
  },
  PipelineStepStarted: {
    1: {
      type: 'record',
      name: 'PipelineStepStarted',
      namespace: 'pipelines',
      doc: 'A job does the work of the step.',
      fields: [
        { name: 'pipelineId', type: 'string', doc: 'The pipeline; also the key of the record.' },
        { name: 'step', type: 'int', doc: 'Number of the step; the first is 1.' },
        { name: 'jobId', type: 'string', doc: 'The job of the step.' },
      ],
    },
  },
};
