import type { CommandRoutes } from '../command-routes.ts';
import type { JobCommand } from './commands.ts';

/** The job commands over HTTP. */
export const jobRoutes: CommandRoutes<JobCommand> = {
  aggregateType: 'job',
  plural: 'jobs',
  idField: 'jobId',
  verbs: {
    CreateJob: 'create',
    StartJob: 'start',
    CompleteJob: 'complete',
    FailJob: 'fail',
    RetryJob: 'retry',
    CancelJob: 'cancel',
    UpdateJobMetadata: 'update-metadata',
  },
};
