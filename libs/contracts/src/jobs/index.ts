export { jobEvents, JOBS_TOPIC } from './catalogue.ts';
export type {
  CancelJob,
  CompleteJob,
  CreateJob,
  FailJob,
  JobCommand,
  JobMetadata,
  RetryJob,
  StartJob,
  UpdateJobMetadata,
} from './commands.ts';
export type { JobEvent } from './events.generated.ts';
export { jobRoutes } from './routes.ts';
