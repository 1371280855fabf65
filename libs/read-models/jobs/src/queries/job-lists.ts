import { type StatusFilter, statusList } from '@millrace/queries';

import { jobReadModel, type JobReadModelRow, type JobStatus } from '../job-read-model.ts';

/** Which jobs: of this status, of this name, created in this time. */
export type JobFilter = StatusFilter<JobStatus>;

/** Jobs of a tenant, newest first; and how many there are from one on. */
export const { read: listJobs, count: countJobs } = statusList<JobReadModelRow>(jobReadModel);
