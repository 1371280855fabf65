import type { Command } from '@millrace/core';

/** What one step runs, as a client says it. */
export type PipelineStepPlan = { readonly name: string; readonly command: string; readonly image: string };

export type CreatePipeline = Command<
  'CreatePipeline',
  { pipelineId: string; name: string; steps: readonly PipelineStepPlan[] }
>;
/** Steps are numbered from 1. */
export type StartPipelineStep = Command<'StartPipelineStep', { pipelineId: string; step: number; jobId: string }>;
export type CompletePipelineStep = Command<'CompletePipelineStep', { pipelineId: string; step: number }>;
export type FailPipelineStep = Command<'FailPipelineStep', { pipelineId: string; step: number; reason: string }>;
export type CancelPipeline = Command<'CancelPipeline', { pipelineId: string; reason: string }>;

/** Everything that can be asked of a pipeline. The three about steps come from the pipeline saga. */
export type PipelineCommand =
  CreatePipeline | StartPipelineStep | CompletePipelineStep | FailPipelineStep | CancelPipeline;
