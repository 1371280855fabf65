import { afterEach, describe, expect, test } from '@jest/globals';
import { MillraceError } from '@millrace/core';
import type { LogConsumer, RecordHandler } from '@millrace/kafka';
import { createLogger } from '@millrace/telemetry';
import { eventually } from '@millrace/testing';

import { ConsumerSupervisor } from './consumer-supervisor.ts';

/** A consumer that joins at once, reads nothing, and ends when it is told to. */
class IdleConsumer implements LogConsumer {
  readonly #end = Promise.withResolvers<void>();
  #joined = true;
  stopped = false;
  next = 0;

  async run(_handler: RecordHandler): Promise<void> {
    await this.#end.promise.finally(() => (this.#joined = false));
  }
  async stop(): Promise<void> {
    this.stopped = true;
    this.#end.resolve();
  }
  end(error: unknown): void {
    this.#end.reject(error);
  }
  state() {
    const assigned = [{ topic: 't', partition: 0, next: this.next }];
    return { joined: this.#joined, assigned, heartbeatAt: performance.now(), activeAt: 0 };
  }
}

describe('consumer supervisor', () => {
  const supervisors: ConsumerSupervisor[] = [];
  afterEach(() => Promise.all(supervisors.splice(0).map((supervisor) => supervisor.stop())));

  function scene({ lag = 0 } = {}) {
    const consumers: IdleConsumer[] = [];
    const failures: unknown[] = [];
    const state = { lag, restarts: 0, nextOffset: 0 };
    const supervisor = new ConsumerSupervisor({
      createConsumer: () => {
        const consumer = new IdleConsumer();
        consumers.push(consumer);
        return consumer;
      },
      handler: { position: async () => undefined, handle: async () => 'done' },
      lag: {
        sample: async () => [
          { topic: 't', partition: 0, nextOffset: state.nextOffset, records: state.lag, freshAtMs: 0 },
        ],
      },
      metrics: { consumerRestarted: () => (state.restarts += 1) },
      logger: createLogger({ service: 'spec', level: 'silent' }),
      fail: (error) => failures.push(error),
      checkIntervalMs: 5,
      stalledAfterMs: 20,
      restartAfterMs: 30,
    });
    supervisors.push(supervisor);
    supervisor.start();
    return { consumers, failures, supervisor, state };
  }

  test('ORD-51 a consumer that ends is made anew and counted, and the process is not ready meanwhile', async () => {
    const { consumers, supervisor, state } = scene();
    await supervisor.checkHealth();
    consumers[0]?.end(new Error('crash'));
    await eventually(
      () =>
        supervisor.checkHealth().then(
          () => false,
          () => true,
        ),
      { intervalMs: 1 },
    );
    await eventually(() => consumers.length === 2);
    await supervisor.checkHealth();
    expect(state.restarts).toBe(1);
  });

  test('ORD-51 T-39 a consumer that is behind and idle is made anew', async () => {
    const { consumers, state } = scene({ lag: 1 });
    await eventually(() => state.restarts >= 1 && consumers.length >= 2);
    expect(consumers[0]?.stopped).toBe(true);
    state.lag = 0;
  });

  test('ACC-23 a consumer whose stored position was set back is made anew, though nothing arrives', async () => {
    const { consumers, state } = scene();
    Object.assign(consumers[0] ?? {}, { next: 7 });
    state.nextOffset = 7;
    const until = performance.now() + 50;
    await eventually(() => performance.now() > until);
    expect(consumers).toHaveLength(1);
    state.nextOffset = 3;
    await eventually(() => consumers.length === 2);
    expect([consumers[0]?.stopped, state.restarts]).toEqual([true, 1]);
  });

  test('a consumer that is idle at the end of the log is left alone', async () => {
    const { consumers, state } = scene();
    state.lag = 0;
    const until = performance.now() + 100;
    await eventually(() => performance.now() > until);
    expect(consumers).toHaveLength(1);
  });

  test('an error that no retry mends ends the process', async () => {
    const { consumers, failures } = scene();
    const error = new MillraceError('PREFLIGHT_FAILED', 'the position is gone');
    consumers[0]?.end(error);
    await eventually(() => failures.length > 0);
    expect(failures).toEqual([error]);
    expect(consumers).toHaveLength(1);
  });

  test('stops while it waits to start again', async () => {
    const { consumers, supervisor } = scene();
    consumers[0]?.end(new Error('crash'));
    await supervisor.stop();
    expect(consumers).toHaveLength(1);
  });
});
