import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '@millrace/telemetry';

import { exposeLag, LagMeter } from './lag-meter.ts';

const MINUTE = 60_000;
const start = Date.parse('2026-01-02T00:00:00Z');
const at = (ms: number) => new Date(start + ms).toISOString();

/** A log with one partition, a group, and a clock, all to be moved by hand. */
function scene() {
  const state = { now: start, first: 0, end: 0, nextOffset: 0, lastEventTime: null as string | null, known: true };
  const partition = { topic: 't', partition: 0 };
  const meter = new LagMeter({
    now: () => state.now,
    ranges: async () => [{ ...partition, first: state.first, end: state.end }],
    positions: async () =>
      state.known ? [{ ...partition, nextOffset: state.nextOffset, lastEventTime: state.lastEventTime }] : [],
  });
  return { state, meter };
}

describe('lag', () => {
  test('SHR-37 is unknown before the first look, and nothing at the end of the log', async () => {
    const { meter } = scene();
    expect([meter.records(), meter.seconds()]).toEqual([undefined, undefined]);
    await meter.sample();
    expect([meter.records(), meter.seconds()]).toEqual([0, 0]);
  });

  test('SHR-37 T-56 of a group that stands still reads 100 records, and its seconds grow between looks', async () => {
    const { state, meter } = scene();
    Object.assign(state, { end: 100, nextOffset: 100, lastEventTime: at(0) });
    await meter.sample();
    state.now += 10 * MINUTE;
    await meter.sample();
    state.end = 200;
    state.now += MINUTE;
    await meter.sample();
    expect([meter.records(), meter.seconds()]).toEqual([100, 60]);
    state.now += MINUTE;
    expect(meter.seconds()).toBe(120);
  });

  test('SHR-37 of a group that keeps up with a busy topic is the age of its last event', async () => {
    const { state, meter } = scene();
    Object.assign(state, { end: 10, nextOffset: 5, lastEventTime: at(0) });
    state.now += MINUTE;
    await meter.sample();
    expect(meter.seconds()).toBe(60);
    Object.assign(state, { end: 20, nextOffset: 15, lastEventTime: at(MINUTE) });
    state.now += 1_000;
    await meter.sample();
    expect([meter.records(), meter.seconds()]).toEqual([5, 1]);
  });

  test('SHR-37 of a group that has never been here counts from the first record that is kept', async () => {
    const { state, meter } = scene();
    Object.assign(state, { first: 30, end: 100, known: false });
    await meter.sample();
    expect(meter.records()).toBe(70);
  });

  test('SHR-37 is exposed for Prometheus', async () => {
    const { state, meter } = scene();
    const metrics = createMetrics('spec');
    exposeLag(metrics, 'g', meter);
    expect((await metrics.scrape()).body).not.toContain('millrace_projection_lag_records{');
    state.end = 3;
    await meter.sample();
    const { body } = await metrics.scrape();
    expect(body).toContain('millrace_projection_lag_records{group="g"} 3');
    expect(body).toContain('millrace_projection_lag_seconds{group="g"} 0');
  });
});
