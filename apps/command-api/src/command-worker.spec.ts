import { afterEach, describe, expect, test } from '@jest/globals';
import type { ClaimedCommand, CommandEnd, CommandOutcome } from '@millrace/command-handling';
import { MillraceError } from '@millrace/core';
import { createMetrics } from '@millrace/telemetry';
import { eventually } from '@millrace/testing';

import { logger } from './command-api.fixture.ts';
import { CommandWorker, type CommandWorkerOptions } from './command-worker.ts';

const claimed: ClaimedCommand = {
  senderTenantId: 'acme',
  commandId: '0197c0de-0000-7000-8000-000000000000',
  attempt: 1,
  acceptedAt: '2026-01-02T03:04:05.000Z',
  sent: {
    command: { type: 'ConfirmOrder', data: { orderId: 'o-1' } },
    aggregateId: 'o-1',
    context: {
      tenantId: 'acme',
      userId: 'alice',
      sessionId: 'none',
      correlationId: 'correlation',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      now: '2026-01-02T03:04:05.000Z',
    },
    idempotency: { key: 'key', requestHash: 'hash' },
  },
};

const workers: CommandWorker[] = [];
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.close())));

function start(options: Pick<CommandWorkerOptions, 'queue' | 'send'>): void {
  const worker = new CommandWorker({ ...options, logger, metrics: createMetrics('spec') });
  worker.start();
  workers.push(worker);
}

type Fate = { readonly finished: CommandEnd[]; readonly putOffMs: number[] };

/** What becomes of one command. */
async function fateOf(send: () => Promise<CommandOutcome>, attempt = 1): Promise<Fate> {
  const fate: Fate = { finished: [], putOffMs: [] };
  const waiting = [{ ...claimed, attempt }];
  const queue = {
    claim: async () => waiting.splice(0),
    hold: async (_: unknown, leaseMs: number) => void fate.putOffMs.push(leaseMs),
    finish: async (_: unknown, end: CommandEnd) => {
      fate.finished.push(end);
      return true;
    },
  };
  start({ queue, send });
  await eventually(async () => fate.finished.length + fate.putOffMs.length > 0);
  return fate;
}

const failing = (error: Error) => () => Promise.reject(error);

describe('CIM-7 T-67 an asynchronous command', () => {
  test.each([
    ['an outage', new MillraceError('STORE_UNAVAILABLE', 'Postgres is away')],
    ['faster writers', new MillraceError('VERSION_CONFLICT', 'six times')],
  ])('that meets %s waits, however often', async (_case, error) => {
    expect(await fateOf(failing(error), 1)).toEqual({ finished: [], putOffMs: [1_000] });
    expect(await fateOf(failing(error), 99)).toEqual({ finished: [], putOffMs: [30_000] });
  });

  test('that meets a defect is tried five times, then ends as rejected and tells nothing of the inside', async () => {
    const defect = failing(new Error('secret'));
    expect(await fateOf(defect, 4)).toEqual({ finished: [], putOffMs: [8_000] });
    const { finished, putOffMs } = await fateOf(defect, 5);
    expect([finished.length, putOffMs]).toEqual([1, []]);
    expect(finished[0]).toMatchObject({
      status: 'rejected',
      answer: {
        status: 500,
        code: 'INTERNAL_ERROR',
        acknowledgment: 'rejected',
        aggregateId: 'o-1',
        instance: `urn:uuid:${claimed.commandId}`,
        traceId: '0af7651916cd43dd8448eb211c80319c',
        correlationId: 'correlation',
      },
    });
    expect(JSON.stringify(finished)).not.toContain('secret');
  });

  test('whose key belongs to another request is rejected at once', async () => {
    const { finished } = await fateOf(failing(new MillraceError('IDEMPOTENCY_KEY_REUSED', 'another request')));
    expect(finished).toMatchObject([{ status: 'rejected', answer: { status: 422, code: 'IDEMPOTENCY_KEY_REUSED' } }]);
  });

  test('T-66 of a suspended tenant is rejected', async () => {
    const { aggregateId } = claimed.sent;
    const ids = { aggregateId, version: 1, timestamp: '2026-01-02T03:04:05.000Z', correlationId: 'correlation' };
    const closed = async () => ({ outcome: 'closed', code: 'TENANT_SUSPENDED', detail: 'It is.', ...ids }) as const;
    expect((await fateOf(closed)).finished).toMatchObject([
      { status: 'rejected', answer: { status: 403, code: 'TENANT_SUSPENDED' } },
    ]);
  });

  test('is decided at the time of its decision, not of its acceptance', async () => {
    let decidedAt = '';
    const { aggregateId } = claimed.sent;
    start({
      queue: { claim: async () => (decidedAt ? [] : [claimed]), hold: async () => undefined, finish: async () => true },
      send: async ({ context: { now } }) => {
        decidedAt = now;
        const ids = { aggregateId, version: 1, timestamp: now, correlationId: 'correlation' };
        return { outcome: 'accepted', acknowledgment: { status: 'accepted', ...ids }, replayed: false };
      },
    });
    await eventually(async () => decidedAt !== '');
    expect(Date.now() - Date.parse(decidedAt)).toBeLessThan(60_000);
  });
});
