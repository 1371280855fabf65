import { describe, expect, test } from '@jest/globals';

import { createMetrics } from './index.ts';

describe('metrics', () => {
  test('a scrape holds the build, what was counted, and a gauge collected at that moment', async () => {
    const metrics = createMetrics('spec');
    metrics.counter({ name: 'orders_total', help: 'Orders.', labels: ['outcome'] }).inc({ outcome: 'accepted' }, 3);
    metrics.histogram({ name: 'replay_events', help: 'Events.', buckets: [1, 10] }).observe(7);
    let depth = 1;
    metrics.gauge({ name: 'depth', help: 'Depth.', collect: (gauge) => gauge.set(depth) });
    depth = 42;
    const { body, contentType } = await metrics.scrape();
    expect(contentType).toMatch(/^text\/plain/);
    expect(body).toContain('orders_total{outcome="accepted"} 3');
    expect(body).toContain('replay_events_bucket{le="10"} 1');
    expect(body).toContain('depth 42');
    expect(body).toMatch(/millrace_build_info\{service="spec",version="\d+\.\d+\.\d+",node="v\d+.*"\} 1/);
  });

  test('a name is declared once', () => {
    const metrics = createMetrics('spec');
    metrics.counter({ name: 'twice_total', help: 'Twice.' });
    expect(() => metrics.counter({ name: 'twice_total', help: 'Twice.' })).toThrow('already been registered');
  });
});
