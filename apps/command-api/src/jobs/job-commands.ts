import { type JobCommand, jobRoutes } from '@millrace/contracts/jobs';
import { job } from '@millrace/jobs';

import type { AggregateApi } from '../aggregate-api.ts';
import { emptyBody, reasonBody } from '../body-schemas.ts';
import { createJobBody, updateMetadataBody } from './job-schemas.ts';

/** The commands of a job over HTTP. */
export const jobs: AggregateApi<JobCommand> = {
  decider: job,
  routes: jobRoutes,
  commands: {
    CreateJob: { body: createJobBody },
    StartJob: { body: emptyBody },
    CompleteJob: { body: emptyBody },
    FailJob: { body: reasonBody },
    RetryJob: { body: emptyBody },
    CancelJob: { body: reasonBody },
    UpdateJobMetadata: { body: updateMetadataBody },
  },
};
