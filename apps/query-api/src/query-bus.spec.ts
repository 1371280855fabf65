import { describe, expect, test } from '@jest/globals';

import { QueryBus } from './query-bus.ts';

const query = { tenantId: 'acme', id: 'o-1', version: 1 };

describe('query bus', () => {
  test('SHR-24 one handler per name: a second registration stops the start, an unknown name is refused', async () => {
    const bus = new QueryBus();
    await expect(bus.ask('GetOrderAtVersion', query)).rejects.toMatchObject({ code: 'UNKNOWN_HANDLER' });
    bus.register('GetOrderAtVersion', async ({ id }: typeof query) => ({ body: id }));
    expect(await bus.ask('GetOrderAtVersion', query)).toEqual({ body: 'o-1' });
    expect(() => bus.register('GetOrderAtVersion', async () => undefined)).toThrow('has a handler already');
  });
});
