import type { Command } from '@millrace/core';

/** Free labels of a job. */
export type JobMetadata = Readonly<Record<string, string>>;

export type CreateJob = Command<
  'CreateJob',
  { jobId: string; name: string; command: string; image: string; metadata: JobMetadata }
>;
export type StartJob = Command<'StartJob', { jobId: string }>;
export type CompleteJob = Command<'CompleteJob', { jobId: string }>;
export type FailJob = Command<'FailJob', { jobId: string; reason: string }>;
export type RetryJob = Command<'RetryJob', { jobId: string }>;
export type CancelJob = Command<'CancelJob', { jobId: string; reason: string }>;
export type UpdateJobMetadata = Command<'UpdateJobMetadata', { jobId: string; metadata: JobMetadata }>;

/** Everything that can be asked of a job. */
export type JobCommand = CreateJob | StartJob | CompleteJob | FailJob | RetryJob | CancelJob | UpdateJobMetadata;
