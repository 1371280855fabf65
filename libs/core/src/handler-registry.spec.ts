import { describe, expect, it } from '@jest/globals';

import { HandlerRegistry } from './index.ts';

describe('HandlerRegistry', () => {
  it('SHR-24 dispatches by name', async () => {
    const bus = new HandlerRegistry<number, number>('command');
    bus.register('Double', (input) => Promise.resolve(input * 2));
    await expect(bus.dispatch('Double', 21)).resolves.toBe(42);
    expect(bus.names()).toEqual(['Double']);
  });

  it('SHR-24 refuses a second handler for a name', () => {
    const bus = new HandlerRegistry<void, void>('query');
    bus.register('Find', () => Promise.resolve());
    expect(() => bus.register('Find', () => Promise.resolve())).toThrow(
      expect.objectContaining({ code: 'DUPLICATE_HANDLER' }),
    );
  });

  it('SHR-24 names the handler that is missing', async () => {
    const bus = new HandlerRegistry<void, void>('command');
    await expect(bus.dispatch('Fly', undefined)).rejects.toMatchObject({
      code: 'UNKNOWN_HANDLER',
      message: 'no handler for command Fly',
    });
  });
});
