import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '@millrace/telemetry';

import { CommandBus } from './command-bus.ts';
import { registerOrderCommands } from './orders/order-commands.ts';

const unused = () => {
  throw new Error('not asked for');
};

describe('command bus', () => {
  test('SHR-24 one handler per name: a second registration stops the start', () => {
    const bus = new CommandBus(createMetrics('spec'));
    registerOrderCommands(bus, unused);
    expect(() => registerOrderCommands(bus, unused)).toThrow(expect.objectContaining({ code: 'DUPLICATE_HANDLER' }));
  });

  test('SHR-24 an unknown name is refused', async () => {
    const bus = new CommandBus(createMetrics('spec'));
    const context = {
      tenantId: 'acme',
      userId: 'alice',
      sessionId: 'none',
      correlationId: 'c',
      traceparent: 't',
      now: '2026-01-02T03:04:05.000Z',
    };
    const sent = { command: { type: 'TeleportOrder', data: {} }, aggregateId: 'o-1', context };
    await expect(bus.send(sent)).rejects.toMatchObject({
      code: 'UNKNOWN_HANDLER',
      message: 'no handler for command TeleportOrder',
    });
  });
});
