import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PipelineEvent } from '@millrace/contracts/pipelines';
import { pipelineReadModel } from '@millrace/pipelines-read-models';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { ReadSideFixture } from '../read-side.fixture.ts';

let created: TestDatabase;
let readSide: ReadSideFixture;

const steps = ['extract', 'transform', 'load'].map((name) => ({ name, command: `run ${name}`, image: 'tools:1' }));

function eventsOf(pipelineId: string, count: number): PipelineEvent[] {
  const all: PipelineEvent[] = [
    { type: 'PipelineCreated', data: { pipelineId, name: `Pipeline ${pipelineId}`, steps } },
    { type: 'PipelineStepStarted', data: { pipelineId, step: 1, jobId: 'job-1' } },
    { type: 'PipelineStepCompleted', data: { pipelineId, step: 1 } },
    { type: 'PipelineStepStarted', data: { pipelineId, step: 2, jobId: 'job-2' } },
    { type: 'PipelineStepFailed', data: { pipelineId, step: 2, reason: 'exit code 1' } },
    { type: 'PipelineFailed', data: { pipelineId, step: 2, reason: 'exit code 1' } },
  ];
  return all.slice(0, count);
}

async function make(pipelineId: string, count: number, createdAt: string, tenantId = 'acme'): Promise<void> {
  const stream = { tenantId, aggregateType: 'pipeline', aggregateId: pipelineId, createdAt };
  await readSide.append(stream, ...eventsOf(pipelineId, count));
  await readSide.project([pipelineReadModel], stream);
}

beforeAll(async () => {
  created = await createTestDatabase();
  readSide = new ReadSideFixture(created);
  await make('p-1', 1, '2026-01-02T01:00:00.000Z');
  await make('p-2', 4, '2026-01-02T02:00:00.000Z');
  await make('p-3', 6, '2026-01-02T03:00:00.000Z');
  await make('p-9', 1, '2026-01-02T03:00:00.000Z', 'umbrella');
});
afterAll(async () => {
  await readSide.close();
  await created.drop();
});

type Step = { step: number; status: string; jobId?: string; reason?: string };

async function stepStates(path: string): Promise<string[]> {
  const { body } = await readSide.get(`/v1/pipelines/${path}`);
  return (body['steps'] as Step[]).map(({ status }) => status);
}

describe('GET /v1/pipelines/:pipelineId', () => {
  test('JOB-39 a pipeline with the states of its steps', async () => {
    const { status, headers, body } = await readSide.get('/v1/pipelines/p-3');
    expect([status, headers['etag']]).toEqual([200, '"6"']);
    const [extract, transform, load] = steps;
    expect(body).toEqual({
      pipelineId: 'p-3',
      tenantId: 'acme',
      name: 'Pipeline p-3',
      status: 'failed',
      steps: [
        { step: 1, ...extract, status: 'completed', jobId: 'job-1' },
        { step: 2, ...transform, status: 'failed', jobId: 'job-2', reason: 'exit code 1' },
        { step: 3, ...load, status: 'cancelled' },
      ],
      failureReason: 'exit code 1',
      createdAt: '2026-01-02T03:00:00.000Z',
      startedAt: '2026-01-02T03:00:01.000Z',
      failedAt: '2026-01-02T03:00:05.000Z',
      updatedAt: '2026-01-02T03:00:05.000Z',
      version: 6,
    });
    expect(await stepStates('p-1')).toEqual(['pending', 'pending', 'pending']);
    expect(await stepStates('p-2')).toEqual(['completed', 'running', 'pending']);
  });

  test('JOB-39 JOB-32 as it was, and what happened to it', async () => {
    expect(await stepStates('p-3?version=2')).toEqual(['running', 'pending', 'pending']);
    expect(await stepStates('p-3?at=2026-01-02T03:00:02.500Z')).toEqual(['completed', 'pending', 'pending']);
    expect((await readSide.get('/v1/pipelines/p-3?version=6')).body).toEqual(
      (await readSide.get('/v1/pipelines/p-3')).body,
    );
    const { items } = (await readSide.get('/v1/pipelines/p-3/history')).body as { items: Record<string, unknown>[] };
    expect(items.map(({ type, data }) => ({ type, data }))).toEqual(eventsOf('p-3', 6));
  });

  test('JOB-39 an unknown pipeline, and one of another tenant, is 404', async () => {
    for (const id of ['p-0', 'p-9']) {
      expect(await readSide.get(`/v1/pipelines/${id}`)).toMatchObject({
        status: 404,
        body: { code: 'PIPELINE_NOT_FOUND' },
      });
    }
  });
});

describe('GET /v1/pipelines', () => {
  const ids = async (query: string) => {
    const { body } = await readSide.get(`/v1/pipelines?${query}`);
    return (body['items'] as { pipelineId: string }[]).map(({ pipelineId }) => pipelineId);
  };

  test('JOB-39 by status, by name, by time of creation, newest first and counted', async () => {
    expect(await ids('')).toEqual(['p-3', 'p-2', 'p-1']);
    expect(await ids('status=running')).toEqual(['p-2']);
    expect(await ids('name=Pipeline%20p-1')).toEqual(['p-1']);
    expect(await ids('createdFrom=2026-01-02T02:00:00Z&createdTo=2026-01-02T03:00:00Z')).toEqual(['p-2']);
    const { body } = await readSide.get('/v1/pipelines?limit=2&total=true');
    expect(body['total']).toBe(3);
    expect(await ids(`limit=2&cursor=${String(body['next'])}`)).toEqual(['p-1']);
    expect((await readSide.get('/v1/pipelines?status=waiting')).status).toBe(400);
  });
});
