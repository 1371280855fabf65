export { pipelineProjections } from './pipeline-projections.ts';
export {
  pipelineReadModel,
  type PipelineReadModelRow,
  type PipelineStatus,
  type PipelineStepState,
  type PipelineStepStatus,
} from './pipeline-read-model.ts';
