// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

import type { DomainEvent } from '@millrace/core';

/** The job will not run to its end, because somebody decided so. */
export type JobCancelled = DomainEvent<
  'JobCancelled',
  {
    /** The job; also the key of the record. */
    readonly jobId: string;
    /** Why, in the words of whoever cancelled. */
    readonly reason: string;
  }
>;

/** The job has done its work. */
export type JobCompleted = DomainEvent<
  'JobCompleted',
  {
    /** The job; also the key of the record. */
    readonly jobId: string;
  }
>;

/** Somebody asked for a job to be run. It does not run yet. */
export type JobCreated = DomainEvent<
  'JobCreated',
  {
    /** The job; also the key of the record. */
    readonly jobId: string;
    /** What people call it. */
    readonly name: string;
    /** Command line that runs. */
    readonly command: string;
    /** Container image that it runs in. */
    readonly image: string;
    /** Free labels. */
    readonly metadata: Readonly<Record<string, string>>;
  }
>;

/** The attempt ended without success; it may be retried. */
export type JobFailed = DomainEvent<
  'JobFailed',
  {
    /** The job; also the key of the record. */
    readonly jobId: string;
    /** Why, in the words of whoever ran it. */
    readonly reason: string;
  }
>;

/** The labels of the job were replaced. */
export type JobMetadataUpdated = DomainEvent<
  'JobMetadataUpdated',
  {
    /** The job; also the key of the record. */
    readonly jobId: string;
    /** All labels that it has now. */
    readonly metadata: Readonly<Record<string, string>>;
  }
>;

/** A further attempt was asked for. It does not run yet. */
export type JobRetried = DomainEvent<
  'JobRetried',
  {
    /** The job; also the key of the record. */
    readonly jobId: string;
    /** Number of the further attempt: 2 for the first retry. */
    readonly attempt: number;
  }
>;

/** The job runs. */
export type JobStarted = DomainEvent<
  'JobStarted',
  {
    /** The job; also the key of the record. */
    readonly jobId: string;
    /** Which attempt this is: 1 for the first. */
    readonly attempt: number;
  }
>;

/** Every event of jobs, in its newest version. */
export type JobEvent =
  JobCancelled | JobCompleted | JobCreated | JobFailed | JobMetadataUpdated | JobRetried | JobStarted;
