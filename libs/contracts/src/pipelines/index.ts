export { pipelineEvents, PIPELINES_TOPIC } from './catalogue.ts';
export type {
  CancelPipeline,
  CompletePipelineStep,
  CreatePipeline,
  FailPipelineStep,
  PipelineCommand,
  PipelineStepPlan,
  StartPipelineStep,
} from './commands.ts';
export type { PipelineEvent, PipelineStep } from './events.generated.ts';
export { pipelineRoutes } from './routes.ts';
