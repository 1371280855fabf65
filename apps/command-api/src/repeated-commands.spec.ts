import { describe, expect, test } from '@jest/globals';
import { MillraceError } from '@millrace/core';

import { CommandApiFixture, inMemory, items } from './command-api.fixture.ts';

const { api, memory } = inMemory();

describe('Idempotency-Key', () => {
  test('SHR-29 a request that is sent again gets the same acknowledgment, and nothing is stored twice', async () => {
    const body = { customerId: 'c-1', items };
    const first = await api.post('', body, { 'idempotency-key': 'k-1', 'x-correlation-id': 'first' });
    const again = await api.post(
      '',
      { items, customerId: 'c-1' },
      { 'idempotency-key': '"k-1"', 'x-correlation-id': 'second' },
    );
    expect(again.body).toEqual(first.body);
    expect([again.status, again.headers['location'], again.headers['etag']]).toEqual([
      201,
      first.headers['location'],
      '"1"',
    ]);
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect(memory.log).toHaveLength(1);
  });

  test('SHR-29 an answer is replayed although the order has moved on, where the command itself would be refused', async () => {
    await api.create('o-moved');
    const confirm = () => api.post('/o-moved/confirm', {}, { 'idempotency-key': 'k-2', 'if-match': '"1"' });
    const first = await confirm();
    await api.post('/o-moved/ship', { trackingNumber: 'T', carrier: 'DHL' });
    expect(await confirm()).toMatchObject({
      status: 200,
      body: first.body,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect((await api.post('/o-moved/confirm')).status).toBe(422);
  });

  test('the same key with another body or for another command is refused', async () => {
    await api.create('o-key', { 'idempotency-key': 'k-3' });
    const expected = { status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED', acknowledgment: 'rejected' } };
    expect(await api.create('o-other', { 'idempotency-key': 'k-3' })).toMatchObject(expected);
    expect(await api.post('/o-key/confirm', {}, { 'idempotency-key': 'k-3' })).toMatchObject(expected);
    expect((await api.create('o-other')).status).toBe(201);
  });

  test('a refusal is not kept under the key: the command may succeed later', async () => {
    const ship = () => api.post('/o-later/ship', { trackingNumber: 'T', carrier: 'DHL' }, { 'idempotency-key': 'k-4' });
    await api.create('o-later');
    expect((await ship()).status).toBe(422);
    await api.post('/o-later/confirm');
    expect((await ship()).status).toBe(200);
    expect((await ship()).headers['idempotency-replayed']).toBe('true');
  });
});

describe('If-Match', () => {
  test('SHR-26 the current version passes, a stale one is 412 and names the current one', async () => {
    await api.create('o-match');
    const stale = await api.post('/o-match/confirm', {}, { 'if-match': '"7"' });
    expect(stale).toMatchObject({
      status: 412,
      headers: { etag: '"1"' },
      body: { code: 'PRECONDITION_FAILED', version: 1, acknowledgment: 'rejected' },
    });
    expect((await api.post('/o-match/confirm', {}, { 'if-match': 'W/"1"' })).status).toBe(412);
    expect((await api.post('/o-match/confirm', {}, { 'if-match': '"1"' })).status).toBe(200);
    expect((await api.post('/o-match/cancel', { reason: 'x' }, { 'if-match': '*' })).status).toBe(200);
  });

  test('an order that does not exist has no version', async () => {
    expect((await api.create('o-none', { 'if-match': '"1"' })).status).toBe(412);
    expect((await api.post('/o-none/confirm', {}, { 'if-match': '"1"' })).status).toBe(412);
    expect((await api.post('/o-none/confirm', {}, { 'if-match': '*' })).status).toBe(404);
  });
});

describe('SHR-26 ACC-47 faults, counted by command and kind', () => {
  const failing = (error: Error) =>
    new CommandApiFixture(() => ({
      handler: () => {
        throw error;
      },
      check: async () => {
        throw error;
      },
    }));

  test('an outage is 503 with Retry-After and says no word about a refusal', async () => {
    const down = failing(new MillraceError('STORE_UNAVAILABLE', 'connect ECONNREFUSED'));
    const answer = await down.create('o-1');
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' }, body: { code: 'STORE_UNAVAILABLE' } });
    expect(answer.body).not.toHaveProperty('acknowledgment');
    expect((await down.send({ url: '/readyz', method: 'GET' })).status).toBe(503);
    expect(await down.metric('millrace_commands_total{command="CreateOrder",outcome="store_unavailable"}')).toBe(1);
  });

  test('a writer that never gets through is 409', async () => {
    const busy = failing(new MillraceError('VERSION_CONFLICT', 'order o-1 is at version 3, expected 2'));
    expect(await busy.create('o-1')).toMatchObject({
      status: 409,
      body: { code: 'VERSION_CONFLICT', acknowledgment: 'rejected' },
    });
    expect(await busy.metric('millrace_commands_total{command="CreateOrder",outcome="version_conflict"}')).toBe(1);
  });

  test('a defect is 500 and tells nothing', async () => {
    const broken = failing(new Error('secret'));
    const answer = await broken.create('o-1');
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(await broken.metric('millrace_commands_total{command="CreateOrder",outcome="failed"}')).toBe(1);
  });
});

describe('metrics', () => {
  test('SHR-45 ORD-60 ORD-61 ACC-45 ACC-47 commands by name and outcome, events by type, lengths, replays, snapshots', async () => {
    const counted = inMemory({ snapshotIntervalEvents: 2, snapshotsKept: 1 });
    await counted.api.create('o-1', { 'idempotency-key': 'k' });
    await counted.api.create('o-1', { 'idempotency-key': 'k' });
    await counted.api.create('o-1');
    await counted.api.post('/o-1/confirm', {}, { 'if-match': '"9"' });
    await Promise.all([1, 2, 3].map(() => counted.api.post('/o-1/update-items', { items })));
    const value = (series: string) => counted.api.metric(series);
    const commands = (command: string, outcome: string) =>
      value(`millrace_commands_total{command="${command}",outcome="${outcome}"}`);
    expect([
      await commands('CreateOrder', 'accepted'),
      await commands('CreateOrder', 'replayed'),
      await commands('CreateOrder', 'rejected'),
    ]).toEqual([1, 1, 1]);
    expect([
      await commands('ConfirmOrder', 'precondition_failed'),
      await commands('UpdateOrderItems', 'accepted'),
    ]).toEqual([1, 3]);
    const timed = (outcome: string) =>
      value(`millrace_command_seconds_count{command="CreateOrder",outcome="${outcome}"}`);
    expect([await timed('accepted'), await timed('replayed'), await timed('rejected')]).toEqual([1, 1, 1]);
    expect(await value('millrace_events_appended_total{type="OrderItemsUpdated"}')).toBe(3);
    expect(await value('millrace_aggregate_version_count{aggregate_type="order"}')).toBe(5);
    expect(await value('millrace_events_replayed_per_load_count')).toBeGreaterThan(4);
    expect(await value('millrace_snapshots_total{outcome="saved"}')).toBeGreaterThan(0);
    const { body } = await counted.api.server.inject({ url: '/metrics' });
    expect(body).not.toMatch(/o-1|acme/);
  });
});
