import type { CommandRoutes } from '../command-routes.ts';
import type { PipelineCommand } from './commands.ts';

/** The pipeline commands over HTTP. */
export const pipelineRoutes: CommandRoutes<PipelineCommand> = {
  aggregateType: 'pipeline',
  plural: 'pipelines',
  idField: 'pipelineId',
  verbs: {
    CreatePipeline: 'create',
    StartPipelineStep: 'start-step',
    CompletePipelineStep: 'complete-step',
    FailPipelineStep: 'fail-step',
    CancelPipeline: 'cancel',
  },
};
