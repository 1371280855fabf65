import { type PipelineCommand, pipelineRoutes } from '@millrace/contracts/pipelines';
import { PROCESS_ROLES } from '@millrace/http';
import { pipeline } from '@millrace/pipelines';

import type { AggregateApi } from '../aggregate-api.ts';
import { reasonBody } from '../body-schemas.ts';
import { completeStepBody, createPipelineBody, failStepBody, startStepBody } from './pipeline-schemas.ts';

/** The commands of a pipeline over HTTP. How its steps go is for the pipeline saga to say. */
export const pipelines: AggregateApi<PipelineCommand> = {
  decider: pipeline,
  routes: pipelineRoutes,
  commands: {
    CreatePipeline: { body: createPipelineBody },
    StartPipelineStep: { body: startStepBody, access: PROCESS_ROLES },
    CompletePipelineStep: { body: completeStepBody, access: PROCESS_ROLES },
    FailPipelineStep: { body: failStepBody, access: PROCESS_ROLES },
    CancelPipeline: { body: reasonBody },
  },
};
