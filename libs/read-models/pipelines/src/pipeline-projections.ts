import type { DomainEvent, Projection, Row } from '@millrace/core';

import { pipelineReadModel } from './pipeline-read-model.ts';

/**
 * Every projection of the pipelines, for tools that treat them alike. They are given pipeline events only, which the type
 * cannot say of a list.
 */
export const pipelineProjections = [pipelineReadModel] as unknown as readonly Projection<DomainEvent, Row>[];
