import { describe, expect, test } from '@jest/globals';

import { type Answered, inMemory, items } from '../command-api.fixture.ts';

const { api, memory } = inMemory();

const commands = {
  create: (orderId: string) => api.create(orderId),
  'update-items': (orderId: string) => api.post(`/${orderId}/update-items`, { items }),
  confirm: (orderId: string) => api.post(`/${orderId}/confirm`),
  ship: (orderId: string) => api.post(`/${orderId}/ship`, { trackingNumber: 'TRACK123', carrier: 'DHL' }),
  deliver: (orderId: string) => api.post(`/${orderId}/deliver`),
  cancel: (orderId: string) => api.post(`/${orderId}/cancel`, { reason: 'why not' }),
};
type CommandName = keyof typeof commands;

const ways = {
  absent: [],
  created: ['create'],
  confirmed: ['create', 'confirm'],
  shipped: ['create', 'confirm', 'ship'],
  delivered: ['create', 'confirm', 'ship', 'deliver'],
  cancelled: ['create', 'cancel'],
} as const satisfies Record<string, readonly CommandName[]>;
type State = keyof typeof ways;

const REFUSED = '422 ORDER_TRANSITION_REFUSED';
const EXISTS = '409 ORDER_ALREADY_EXISTS';
const MISSING = '404 ORDER_NOT_FOUND';

const matrix: Readonly<Record<State, Readonly<Record<CommandName, string>>>> = {
  absent: {
    create: '201',
    'update-items': MISSING,
    confirm: MISSING,
    ship: MISSING,
    deliver: MISSING,
    cancel: MISSING,
  },
  created: { create: EXISTS, 'update-items': '200', confirm: '200', ship: REFUSED, deliver: REFUSED, cancel: '200' },
  confirmed: {
    create: EXISTS,
    'update-items': REFUSED,
    confirm: REFUSED,
    ship: '200',
    deliver: REFUSED,
    cancel: '200',
  },
  shipped: { create: EXISTS, 'update-items': REFUSED, confirm: REFUSED, ship: REFUSED, deliver: '200', cancel: '200' },
  delivered: {
    create: EXISTS,
    'update-items': REFUSED,
    confirm: REFUSED,
    ship: REFUSED,
    deliver: REFUSED,
    cancel: REFUSED,
  },
  cancelled: {
    create: EXISTS,
    'update-items': REFUSED,
    confirm: REFUSED,
    ship: REFUSED,
    deliver: REFUSED,
    cancel: REFUSED,
  },
};

const cells = (Object.keys(matrix) as State[]).flatMap((state) =>
  (Object.keys(commands) as CommandName[]).map((command) => [state, command, matrix[state][command]] as const),
);

describe('ORD-23…27 ORD-76 T-27 every state × every command', () => {
  test.each(cells)('%s order, %s: %s', async (state, command, expected) => {
    const orderId = `m-${state}-${command}`;
    for (const step of ways[state]) expect((await commands[step](orderId)).status).toBeLessThan(300);
    const before = memory.log.length;
    const answer = await commands[command](orderId);
    const { status, body } = answer;
    expect(status < 300 ? String(status) : `${status} ${String(body['code'])}`).toBe(expected);
    expect(memory.log.length).toBe(before + (status < 300 ? 1 : 0));
    if (status >= 300) expectRefusal(answer, orderId, ways[state].length);
  });
});

function expectRefusal({ headers, body }: Answered, orderId: string, version: number): void {
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(body).toMatchObject({
    acknowledgment: 'rejected',
    aggregateId: orderId,
    version,
    correlationId: headers['x-correlation-id'],
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
  expect(headers['etag']).toBe(version > 0 ? `"${version}"` : undefined);
}

describe('rules of items: 422, nothing stored', () => {
  const line = (change: object) => [{ ...items[0], ...change }];
  const refused = [
    ['ORD-21 no items', [], 'ORDER_WITHOUT_ITEMS'],
    ['ORD-22 no pieces', line({ quantity: 0 }), 'ORDER_QUANTITY_NOT_POSITIVE'],
    ['ORD-22 fewer than none', line({ quantity: -1 }), 'ORDER_QUANTITY_NOT_POSITIVE'],
    ['two currencies', [...items, ...line({ unitPrice: { amount: '1', currency: 'USD' } })], 'ORDER_CURRENCIES_MIXED'],
  ] as const;

  test.each(refused)('%s, on creation', async (_case, lines, code) => {
    const before = memory.log.length;
    expect(await api.post('', { orderId: 'o-refused', customerId: 'c-1', items: lines })).toMatchObject({
      status: 422,
      body: { code },
    });
    expect(memory.log.length).toBe(before);
  });

  test.each(refused)('%s, on a change of items', async (_case, lines, code) => {
    await api.create('o-changing');
    const before = memory.log.length;
    expect(await api.post('/o-changing/update-items', { items: lines })).toMatchObject({ status: 422, body: { code } });
    expect(memory.log.length).toBe(before);
  });
});
