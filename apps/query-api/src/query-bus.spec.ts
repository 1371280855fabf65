import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '@millrace/telemetry';

import { QueryBus } from './query-bus.ts';

const query = { tenantId: 'acme', id: 'o-1', version: 1 };

describe('query bus', () => {
  test('SHR-24 one handler per name: a second registration stops the start, an unknown name is refused', async () => {
    const bus = new QueryBus(createMetrics('spec'));
    await expect(bus.ask('GetOrderAtVersion', query)).rejects.toMatchObject({ code: 'UNKNOWN_HANDLER' });
    bus.register('GetOrderAtVersion', async ({ id }: typeof query) => ({ body: id }));
    expect(await bus.ask('GetOrderAtVersion', query)).toEqual({ body: 'o-1' });
    expect(() => bus.register('GetOrderAtVersion', async () => undefined)).toThrow('has a handler already');
  });

  test('ACC-49 how long queries take is told by name and by what became of them', async () => {
    const metrics = createMetrics('spec');
    const bus = new QueryBus(metrics);
    bus.register('GetOrder', async ({ id }: typeof query) => (id === 'o-1' ? { body: id } : undefined));
    bus.register('ListOrders', async () => Promise.reject(new Error('on purpose')));
    await bus.ask('GetOrder', query);
    await bus.ask('GetOrder', query);
    await bus.ask('GetOrder', { ...query, id: 'o-2' });
    await expect(bus.ask('ListOrders', {})).rejects.toThrow('on purpose');
    const { body } = await metrics.scrape();
    expect(body).toContain('millrace_query_seconds_count{query="GetOrder",outcome="answered"} 2');
    expect(body).toContain('millrace_query_seconds_count{query="GetOrder",outcome="nothing"} 1');
    expect(body).toContain('millrace_query_seconds_count{query="ListOrders",outcome="failed"} 1');
    expect(body).toMatch(/millrace_query_seconds_bucket\{le="0.01",query="GetOrder",outcome="answered"\} \d/);
  });
});
