import { jobEvents, jobRoutes } from '@millrace/contracts/jobs';
import { jobReadModel, type JobStatus } from '@millrace/jobs-read-models';
import { countJobs, listJobs } from '@millrace/jobs-read-models/queries';
import { Type } from 'typebox';

import { entity } from '../entity/entity-api.ts';
import { creation, creationTime } from '../list/creation-time.ts';
import { list } from '../list/list-api.ts';
import { jobView } from './job-view.ts';

const statuses: readonly JobStatus[] = ['created', 'running', 'completed', 'failed', 'retried', 'cancelled'];

/** What a job looks like, and its history. */
export const jobEntity = entity({
  resource: jobRoutes,
  catalogue: jobEvents,
  current: { projection: jobReadModel, view: jobView },
});

/** Which jobs have this status or this name, or were created in this time? */
export const jobList = list({
  name: 'ListJobs',
  path: '/jobs',
  plural: 'jobs',
  parameters: {
    status: Type.Optional(Type.Enum([...statuses])),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    ...creationTime,
  },
  projection: jobReadModel,
  filter: ({ status, name, ...time }) => ({ status, name, ...creation(time) }),
  read: listJobs,
  view: jobView,
  count: countJobs,
});
