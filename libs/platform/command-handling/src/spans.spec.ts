import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore } from '@millrace/event-store';
import { context as activeContext, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

import { add, changedStore, context, counterEvents } from './counter.fixture.ts';
import { CommandHandler, type CommandHandlerOptions } from './index.ts';

// Of the traceparent of the fixture.
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SENDER_SPAN_ID = 'b7ad6b7169203331';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
beforeAll(() => {
  activeContext.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
});
afterAll(async () => {
  await provider.shutdown();
  trace.disable();
  activeContext.disable();
});

let store: InMemoryEventStore;
let id: string;
beforeEach(() => {
  store = new InMemoryEventStore(counterEvents);
  id = randomUUID();
  exporter.reset();
});

const handlerWith = (options: Partial<CommandHandlerOptions> = {}) =>
  new CommandHandler({ store, catalogue: counterEvents, ...options });

/** The one span of a command, and the steps below it, in the order in which they ended. */
async function traceOfCommand() {
  await provider.forceFlush();
  const spans = exporter.getFinishedSpans();
  const command = spans.at(-1);
  if (command === undefined) throw new Error('a span expected');
  const spanId = command.spanContext().spanId;
  const steps = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === spanId);
  return { spans, command, steps };
}

/** Fails the first append, as another writer would, and none after it. */
function storeWithOneConflict() {
  let appends = 0;
  return changedStore(store, {
    append: async (append) => {
      appends += 1;
      if (appends === 1) await store.append({ ...append, idempotency: undefined });
      return store.append(append);
    },
  });
}

const namesOf = (spans: readonly { readonly name: string }[]) => spans.map(({ name }) => name);

describe('the trace of a command', () => {
  it('ORD-35 of an accepted one: load, decide, append, in the trace of its sender', async () => {
    await handlerWith().handle(add(id, [1, 2]));
    const { spans, command, steps } = await traceOfCommand();
    expect(namesOf(spans)).toEqual(['load', 'decide', 'append', 'command Add']);
    expect(namesOf(steps)).toEqual(['load', 'decide', 'append']);
    expect(command.parentSpanContext).toMatchObject({ traceId: TRACE_ID, spanId: SENDER_SPAN_ID, isRemote: true });
    expect(new Set(spans.map((span) => span.spanContext().traceId))).toEqual(new Set([TRACE_ID]));
    const [stored] = await store.load({ tenantId: context.tenantId, aggregateType: 'counter', aggregateId: id });
    expect(stored?.traceparent).toContain(TRACE_ID);
    expect(command.attributes).toEqual({
      'millrace.aggregate_type': 'counter',
      'millrace.command': 'Add',
      'millrace.outcome': 'accepted',
      'millrace.replayed': false,
      'millrace.version': 2,
    });
    expect(steps.map(({ attributes }) => attributes)).toEqual([
      {},
      { 'millrace.version': 0 },
      { 'millrace.version': 2 },
    ]);
  });

  it('ORD-35 of a refused one: no append', async () => {
    await handlerWith().handle(add(id, [-1]));
    const { command, steps } = await traceOfCommand();
    expect(namesOf(steps)).toEqual(['load', 'decide']);
    expect(command.attributes).toMatchObject({
      'millrace.outcome': 'rejected',
      'millrace.rejection_code': 'COUNTER_BELOW_ZERO',
      'millrace.version': 0,
    });
    expect(command.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('ORD-35 of one that met a faster writer: the steps again, and only the first append failed', async () => {
    await handlerWith({ store: storeWithOneConflict() }).handle(add(id, [1]));
    const { command, steps } = await traceOfCommand();
    expect(namesOf(steps)).toEqual(['load', 'decide', 'append', 'load', 'decide', 'append']);
    const failed = steps.filter(({ status }) => status.code === SpanStatusCode.ERROR);
    expect(failed).toEqual([steps[2]]);
    expect(failed[0]?.events).toMatchObject([{ attributes: { 'exception.type': 'VERSION_CONFLICT' } }]);
    expect(command.status.code).toBe(SpanStatusCode.UNSET);
    expect(command.attributes).toMatchObject({ 'millrace.version': 2 });
  });

  it('ORD-35 ends with the snapshot, where one is taken', async () => {
    await handlerWith({ snapshotIntervalEvents: 2 }).handle(add(id, [1, 1]));
    expect(namesOf((await traceOfCommand()).steps)).toEqual(['load', 'decide', 'append', 'snapshot']);
  });

  it('ORD-35 of a fault: named by its code on every span it went through, and never by ids or data', async () => {
    const append = () => Promise.reject(new TypeError(`no room for ${id} of acme`));
    const failing = handlerWith({ store: changedStore(store, { append }) });
    await expect(failing.handle(add(id, [1]))).rejects.toThrow(TypeError);
    const { spans, command, steps } = await traceOfCommand();
    for (const span of [command, steps.at(-1)]) {
      expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'TypeError' });
      expect(span?.events).toMatchObject([{ name: 'exception', attributes: { 'exception.type': 'TypeError' } }]);
    }
    const exported = JSON.stringify(spans.map(({ attributes, events, status }) => ({ attributes, events, status })));
    expect(exported).not.toContain(id);
    expect(exported).not.toContain('acme');
  });

  it('ORD-35 starts anew where the traceparent is broken, and follows the sender who samples nothing', async () => {
    await handlerWith().handle(add(id, [1], { context: { ...context, traceparent: 'broken' } }));
    expect((await traceOfCommand()).command.parentSpanContext).toBeUndefined();
    exporter.reset();
    const unsampled = context.traceparent.replace(/-01$/, '-00');
    await handlerWith().handle(add(id, [1], { context: { ...context, traceparent: unsampled } }));
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});
