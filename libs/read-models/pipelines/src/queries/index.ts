export { countPipelines, listPipelines, type PipelineFilter } from './pipeline-lists.ts';
