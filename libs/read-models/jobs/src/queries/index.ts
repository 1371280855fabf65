export { countJobs, type JobFilter, listJobs } from './job-lists.ts';
