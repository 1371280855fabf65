import { type StatusFilter, statusList } from '@millrace/queries';

import { pipelineReadModel, type PipelineReadModelRow, type PipelineStatus } from '../pipeline-read-model.ts';

/** Which pipelines: of this status, of this name, created in this time. */
export type PipelineFilter = StatusFilter<PipelineStatus>;

/** Pipelines of a tenant, newest first; and how many there are from one on. */
export const { read: listPipelines, count: countPipelines } = statusList<PipelineReadModelRow>(pipelineReadModel);
