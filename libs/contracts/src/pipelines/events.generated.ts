// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

import type { DomainEvent } from '@millrace/core';

/** The pipeline will not run to its end, because somebody decided so. */
export type PipelineCancelled = DomainEvent<
  'PipelineCancelled',
  {
    /** The pipeline; also the key of the record. */
    readonly pipelineId: string;
    /** Why, in the words of whoever cancelled. */
    readonly reason: string;
  }
>;

/** Every step has completed. */
export type PipelineCompleted = DomainEvent<
  'PipelineCompleted',
  {
    /** The pipeline; also the key of the record. */
    readonly pipelineId: string;
  }
>;

/** One step of a pipeline: what its job shall run. */
export type PipelineStep = {
  /** What people call the step; also the name of its job. */
  readonly name: string;
  /** Command line of its job. */
  readonly command: string;
  /** Container image of its job. */
  readonly image: string;
};

/** Somebody asked for jobs to be run one after the other. */
export type PipelineCreated = DomainEvent<
  'PipelineCreated',
  {
    /** The pipeline; also the key of the record. */
    readonly pipelineId: string;
    /** What people call it. */
    readonly name: string;
    /** All steps in their order, at least one. */
    readonly steps: readonly PipelineStep[];
  }
>;

/** A step failed, so the pipeline did. */
export type PipelineFailed = DomainEvent<
  'PipelineFailed',
  {
    /** The pipeline; also the key of the record. */
    readonly pipelineId: string;
    /** Number of the step; the first is 1. */
    readonly step: number;
    /** Why the step failed. */
    readonly reason: string;
  }
>;

/** The job of the step has completed. */
export type PipelineStepCompleted = DomainEvent<
  'PipelineStepCompleted',
  {
    /** The pipeline; also the key of the record. */
    readonly pipelineId: string;
    /** Number of the step; the first is 1. */
    readonly step: number;
  }
>;

/** The job of the step failed or was cancelled. */
export type PipelineStepFailed = DomainEvent<
  'PipelineStepFailed',
  {
    /** The pipeline; also the key of the record. */
    readonly pipelineId: string;
    /** Number of the step; the first is 1. */
    readonly step: number;
    /** Why the job did not complete. */
    readonly reason: string;
  }
>;

/** A job does the work of the step. */
export type PipelineStepStarted = DomainEvent<
  'PipelineStepStarted',
  {
    /** The pipeline; also the key of the record. */
    readonly pipelineId: string;
    /** Number of the step; the first is 1. */
    readonly step: number;
    /** The job of the step. */
    readonly jobId: string;
  }
>;

/** Every event of pipelines, in its newest version. */
export type PipelineEvent =
  | PipelineCancelled
  | PipelineCompleted
  | PipelineCreated
  | PipelineFailed
  | PipelineStepCompleted
  | PipelineStepFailed
  | PipelineStepStarted;
