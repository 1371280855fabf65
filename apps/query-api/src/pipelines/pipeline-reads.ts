import { pipelineEvents, pipelineRoutes } from '@millrace/contracts/pipelines';
import { pipelineReadModel, type PipelineStatus } from '@millrace/pipelines-read-models';
import { countPipelines, listPipelines } from '@millrace/pipelines-read-models/queries';
import { Type } from 'typebox';

import { entity } from '../entity/entity-api.ts';
import { creation, creationTime } from '../list/creation-time.ts';
import { list } from '../list/list-api.ts';
import { pipelineView } from './pipeline-view.ts';

const statuses: readonly PipelineStatus[] = ['created', 'running', 'completed', 'failed', 'cancelled'];

/** What a pipeline looks like, and its history. */
export const pipelineEntity = entity({
  resource: pipelineRoutes,
  catalogue: pipelineEvents,
  current: { projection: pipelineReadModel, view: pipelineView },
});

/** Which pipelines have this status or this name, or were created in this time? */
export const pipelineList = list({
  name: 'ListPipelines',
  path: '/pipelines',
  plural: 'pipelines',
  parameters: {
    status: Type.Optional(Type.Enum([...statuses])),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    ...creationTime,
  },
  projection: pipelineReadModel,
  filter: ({ status, name, ...time }) => ({ status, name, ...creation(time) }),
  read: listPipelines,
  view: pipelineView,
  count: countPipelines,
});
