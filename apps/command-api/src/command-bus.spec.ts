import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '@millrace/telemetry';

import { registerCommands } from './aggregate-routes.ts';
import { CommandBus } from './command-bus.ts';
import { orders } from './orders/order-commands.ts';

const context = {
  tenantId: 'acme',
  userId: 'alice',
  sessionId: 'none',
  correlationId: 'c',
  traceparent: 't',
  now: '2026-01-02T03:04:05.000Z',
};

const unused = () => {
  throw new Error('not asked for');
};

describe('command bus', () => {
  test('SHR-24 TOX-25 one handler per name: a second registration stops the start', () => {
    const bus = new CommandBus(createMetrics('spec'));
    registerCommands(bus, orders, unused);
    expect(() => registerCommands(bus, orders, unused)).toThrow(expect.objectContaining({ code: 'DUPLICATE_HANDLER' }));
  });

  test('SHR-24 an unknown name is refused', async () => {
    const bus = new CommandBus(createMetrics('spec'));
    const sent = { command: { type: 'TeleportOrder', data: {} }, aggregateId: 'o-1', context };
    await expect(bus.send(sent)).rejects.toMatchObject({
      code: 'UNKNOWN_HANDLER',
      message: 'no handler for command TeleportOrder',
    });
  });

  test('CIM-1 a command that does not say for which aggregate it is does not compile', () => {
    // @ts-expect-error nothing names the order
    const sent: Parameters<CommandBus['send']>[0] = { command: { type: 'ConfirmOrder', data: {} }, context };
    expect(Object.keys(sent)).not.toContain('aggregateId');
  });
});
