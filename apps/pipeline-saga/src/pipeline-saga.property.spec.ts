/**
 * The pipeline saga in a small world: pipeline and jobs with the rules of their domains, two topics without order among each
 * other, one queue of commands, and others who start, end and cancel at any moment.
 */
import { expect, test } from '@jest/globals';
import type { RecordedEvent, SagaInput } from '@millrace/core';
import { told } from '@millrace/core/testing';
import fc from 'fast-check';

import {
  type PipelineProcess,
  pipelineSaga,
  type PipelineSagaCommand,
  type PipelineSagaEvent,
} from './pipeline-saga.ts';

const STEPS = 3;
const steps = Array.from({ length: STEPS }, (_, index) => ({ name: `s${index}`, command: 'run', image: 'alpine' }));
const pipelineId = 'p';

const moves = ['pipelines', 'jobs', 'command', 'again', 'cancel', 'start', 'complete', 'fail', 'cancelJob'] as const;
type Move = (typeof moves)[number];
type Told = { readonly event: RecordedEvent<PipelineSagaEvent> };
type Queued = { readonly command: PipelineSagaCommand; readonly cause: string };
type StepCommand = Extract<
  PipelineSagaCommand,
  { type: 'StartPipelineStep' | 'CompletePipelineStep' | 'FailPipelineStep' }
>;
type Job = 'created' | 'running' | 'completed' | 'failed' | 'cancelled';

class World {
  pipeline: 'created' | 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled' = 'created';
  step = 0;
  readonly jobs = new Map<string, Job>();
  readonly topics: Record<'pipelines' | 'jobs', Told[]> = { pipelines: [], jobs: [] };
  queue: Queued[] = [];
  readonly heard: Told[] = [];
  state: PipelineProcess | undefined;
  status: string = 'none';
  #events = 0;

  constructor() {
    this.#happens('pipelines', { type: 'PipelineCreated', data: { pipelineId, name: 'nightly', steps } });
  }

  move(move: Move): void {
    switch (move) {
      case 'pipelines':
      case 'jobs':
        return this.#deliver(this.topics[move].shift());
      case 'command':
        return this.#send();
      case 'again':
        for (const { event } of this.state ? this.heard : []) {
          expect(pipelineSaga.react(this.state, { kind: 'event', event })).toBeUndefined();
        }
        return;
      case 'cancel':
        if (this.#isOpen())
          this.#endPipeline('cancelled', { type: 'PipelineCancelled', data: { pipelineId, reason: 'r' } });
        return;
      default:
        return this.#touchJob(move);
    }
  }

  settle(): void {
    for (let round = 0; round < 60; round += 1) {
      for (const move of ['pipelines', 'jobs', 'command', 'complete'] as const) this.move(move);
    }
  }

  #isOpen(): boolean {
    return ['created', 'running', 'waiting'].includes(this.pipeline);
  }

  #happens(topic: 'pipelines' | 'jobs', event: PipelineSagaEvent, causationId = 'somebody'): void {
    this.#events += 1;
    this.topics[topic].push(told({ ...event, eventId: `e-${this.#events}`, causationId }));
  }

  #deliver(told: Told | undefined): void {
    if (!told) return;
    this.heard.push(told);
    this.#tell({ kind: 'event', event: told.event }, told.event.eventId);
  }

  #tell(input: SagaInput<PipelineSagaEvent, PipelineSagaCommand>, cause: string, dropped?: string): void {
    const reaction = pipelineSaga.react(this.state, input);
    if (!reaction) return;
    this.state = reaction.state;
    this.status = reaction.status;
    // As the runtime does: what follows a refused command is dropped when the saga reacts.
    if (dropped) this.queue = this.queue.filter((queued) => queued.cause !== dropped);
    this.queue.push(...(reaction.commands ?? []).map((command) => ({ command, cause })));
  }

  #send(): void {
    const sent = this.queue.shift();
    if (!sent) return;
    const code = this.#refusalOf(sent);
    if (code) this.#tell({ kind: 'refused', command: sent.command, code, detail: '' }, `${sent.cause}!`, sent.cause);
  }

  /** @returns the code of the refusal; nothing when the command is carried out */
  #refusalOf({ command, cause }: Queued): string | undefined {
    switch (command.type) {
      case 'StartPipelineStep':
      case 'CompletePipelineStep':
      case 'FailPipelineStep':
        return this.#stepRefusalOf(command);
      case 'CreateJob':
        if (this.jobs.has(command.data.jobId)) return 'JOB_ALREADY_EXISTS';
        this.jobs.set(command.data.jobId, 'created');
        return void this.#happens('jobs', { type: 'JobCreated', data: command.data }, cause);
      case 'StartJob':
        if (this.jobs.get(command.data.jobId) !== 'created') return 'JOB_TRANSITION_REFUSED';
        return void this.jobs.set(command.data.jobId, 'running');
      case 'CancelJob':
        return this.#cancelJob(command.data.jobId) ? undefined : 'JOB_TRANSITION_REFUSED';
    }
  }

  #stepRefusalOf({ type, data }: StepCommand): string | undefined {
    if (type === 'StartPipelineStep') {
      if (!['created', 'waiting'].includes(this.pipeline)) return 'PIPELINE_TRANSITION_REFUSED';
      if (data.step !== this.step + 1) return 'PIPELINE_STEP_NOT_NEXT';
      [this.pipeline, this.step] = ['running', data.step];
      return undefined;
    }
    if (this.pipeline !== 'running' || data.step !== this.step) return 'PIPELINE_STEP_NOT_RUNNING';
    if (type === 'FailPipelineStep') return void this.#endPipeline('failed', { type: 'PipelineFailed', data });
    this.pipeline = 'waiting';
    if (data.step === STEPS) this.#endPipeline('completed', { type: 'PipelineCompleted', data: { pipelineId } });
    return undefined;
  }

  #endPipeline(status: 'completed' | 'failed' | 'cancelled', event: PipelineSagaEvent): void {
    this.pipeline = status;
    this.#happens('pipelines', event);
  }

  /** What other people do with the newest job. */
  #touchJob(move: 'start' | 'complete' | 'fail' | 'cancelJob'): void {
    const [jobId, job] = [...this.jobs].at(-1) ?? [];
    if (jobId === undefined) return;
    if (move === 'cancelJob') return void this.#cancelJob(jobId);
    if (move === 'start') return void (job === 'created' && this.jobs.set(jobId, 'running'));
    if (job !== 'running') return;
    this.jobs.set(jobId, move === 'complete' ? 'completed' : 'failed');
    if (move === 'complete') this.#happens('jobs', { type: 'JobCompleted', data: { jobId } });
    else this.#happens('jobs', { type: 'JobFailed', data: { jobId, reason: 'r' } });
  }

  #cancelJob(jobId: string): boolean {
    if (['completed', 'cancelled', undefined].includes(this.jobs.get(jobId))) return false;
    this.jobs.set(jobId, 'cancelled');
    this.#happens('jobs', { type: 'JobCancelled', data: { jobId, reason: 'r' } });
    return true;
  }
}

test('JOB-39 JOB-40 CIM-42 T-48 T-50 T-51 whoever interferes, and in any order of arrival: pipeline and jobs end together', () => {
  const ends = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...moves), { maxLength: 60 }), (script) => {
      const world = new World();
      for (const move of script) world.move(move);
      world.settle();
      ends.add(`${world.pipeline} ${world.status}`);

      expect(world.status).toBe(world.pipeline === 'failed' ? 'failed' : 'completed');
      expect(world.pipeline).toMatch(/completed|failed|cancelled/);
      const jobs = [...world.jobs.values()];
      expect(jobs.filter((job) => job === 'created' || job === 'running')).toEqual([]);
      if (world.pipeline === 'completed') expect(jobs).toEqual(steps.map(() => 'completed'));
      expect(jobs.length).toBeLessThanOrEqual(STEPS);
    }),
    { numRuns: 3_000 },
  );
  expect([...ends].sort()).toEqual(['cancelled completed', 'completed completed', 'failed failed']);
});
