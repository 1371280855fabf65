export { type Job, job, type JobRejection, type JobStatus } from './job.ts';
