import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

import { inMemory, items } from './command-api.fixture.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
});
afterAll(async () => {
  await provider.shutdown();
  trace.disable();
  context.disable();
});

it('ORD-35 the trace of one command shows receive, load, decide, append, in order and in the trace of the client', async () => {
  const { api } = inMemory();
  const traceparent = `00-${TRACE_ID}-b7ad6b7169203331-01`;
  await api.post('', { orderId: 'o-1', customerId: 'c-1', items }, { traceparent });
  await provider.forceFlush();
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name }) => name)).toEqual(['receive', 'load', 'decide', 'append', 'command CreateOrder']);
  expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([TRACE_ID]));
  await api.server.close();
});

it('ORD-35 what validation refuses is not received', async () => {
  exporter.reset();
  const { api } = inMemory();
  expect(await api.post('', { items })).toMatchObject({ status: 400 });
  expect(exporter.getFinishedSpans()).toEqual([]);
  await api.server.close();
});
