import { describe, expect, test } from '@jest/globals';

import { continueTrace } from './index.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('trace context', () => {
  test('a child keeps trace and flags and has a span of its own', () => {
    const child = continueTrace(`00-${TRACE}-${SPAN}-00`);
    expect(child.traceId).toBe(TRACE);
    expect(child.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(child.spanId).not.toBe(SPAN);
    expect(child.traceparent).toBe(`00-${TRACE}-${child.spanId}-00`);
  });

  test('a later version may carry more fields', () => {
    expect(continueTrace(`01-${TRACE}-${SPAN}-01-more`).traceId).toBe(TRACE);
  });

  test.each([
    ['absent', undefined],
    ['words', 'hello'],
    ['zero trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['zero span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['version 00 with more', `00-${TRACE}-${SPAN}-01-more`],
  ])('%s starts a new trace', (_case, header) => {
    const { traceparent, traceId } = continueTrace(header);
    expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(traceId).not.toBe(TRACE);
    expect(continueTrace(header).traceId).not.toBe(traceId);
  });
});
