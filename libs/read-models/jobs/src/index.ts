export { jobProjections } from './job-projections.ts';
export { jobReadModel, type JobReadModelRow, type JobStatus } from './job-read-model.ts';
