export { type Pipeline, pipeline, type PipelineRejection, type PipelineStatus } from './pipeline.ts';
