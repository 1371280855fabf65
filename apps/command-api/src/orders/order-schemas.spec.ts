import { afterEach, describe, expect, test } from '@jest/globals';

import { inMemory, items } from '../command-api.fixture.ts';

const { api, memory } = inMemory();

/** Pointers of everything that was found wrong. */
async function pointers(path: string, body: unknown): Promise<string[]> {
  const answer = await api.post(path, body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', acknowledgment: 'rejected' } });
  return (answer.body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer).sort();
}

const order = (change: object) => ({ customerId: 'c-1', items, ...change });
const line = (change: object) => order({ items: [{ ...items[0], ...change }] });
const price = (unitPrice: object) => line({ unitPrice });

describe('SHR-25 malformed commands: 400 with every fault, nothing stored', () => {
  afterEach(() => expect(memory.log).toEqual([]));

  test.each([
    ['nothing', {}, ['/customerId', '/items']],
    ['no object', [], ['']],
    ['null', null, ['']],
    [
      'unknown fields',
      { ...order({}), note: 1, items: [{ ...items[0], colour: 'red' }] },
      ['/items/0/colour', '/note'],
    ],
    ['a bad id', order({ orderId: '-x', customerId: 'ü' }), ['/customerId', '/orderId']],
    ['an id too long', order({ orderId: 'x'.repeat(129) }), ['/orderId']],
    ['ids that are numbers', order({ orderId: 1, customerId: 2 }), ['/customerId', '/orderId']],
    ['items that are no list', order({ items: {} }), ['/items']],
    ['a line without anything', order({ items: [{}] }), ['/items/0/quantity', '/items/0/sku', '/items/0/unitPrice']],
    ['an empty sku', line({ sku: '' }), ['/items/0/sku']],
    ['a sku too long', line({ sku: 'x'.repeat(65) }), ['/items/0/sku']],
    ['a NUL character', line({ sku: 'a\u0000b' }), ['/items/0/sku']],
    ['half a surrogate pair', line({ sku: '\ud800' }), ['/items/0/sku']],
    ['half a piece', line({ quantity: 1.5 }), ['/items/0/quantity']],
    ['a quantity in quotes', line({ quantity: '2' }), ['/items/0/quantity']],
    ['more pieces than Avro counts', line({ quantity: 2 ** 31 }), ['/items/0/quantity']],
    ['an amount that is a number', price({ amount: 12.5, currency: 'EUR' }), ['/items/0/unitPrice/amount']],
    ['a negative amount', price({ amount: '-1', currency: 'EUR' }), ['/items/0/unitPrice/amount']],
    ['an exponent', price({ amount: '1e3', currency: 'EUR' }), ['/items/0/unitPrice/amount']],
    ['five decimals', price({ amount: '1.00001', currency: 'EUR' }), ['/items/0/unitPrice/amount']],
    ['thirteen digits', price({ amount: '1234567890123', currency: 'EUR' }), ['/items/0/unitPrice/amount']],
    ['no digits before the point', price({ amount: '.5', currency: 'EUR' }), ['/items/0/unitPrice/amount']],
    ['a line feed after the amount', price({ amount: '1\n', currency: 'EUR' }), ['/items/0/unitPrice/amount']],
    ['no currency', price({ amount: '1' }), ['/items/0/unitPrice/currency']],
    ['a currency in small letters', price({ amount: '1', currency: 'eur' }), ['/items/0/unitPrice/currency']],
    ['1,001 lines', order({ items: Array.from({ length: 1_001 }, () => items[0]) }), ['/items']],
  ])('create: %s', async (_case, body, expected) => expect(await pointers('', body)).toEqual(expected));

  test.each([
    ['update-items', {}, ['/items']],
    ['update-items', { items, customerId: 'c-2' }, ['/customerId']],
    ['confirm', { sure: true }, ['/sure']],
    ['ship', {}, ['/carrier', '/trackingNumber']],
    ['ship', { trackingNumber: '', carrier: 7 }, ['/carrier', '/trackingNumber']],
    ['deliver', { orderId: 'o-1' }, ['/orderId']],
    ['cancel', {}, ['/reason']],
    ['cancel', { reason: 'x'.repeat(501) }, ['/reason']],
  ])('%s: %j', async (verb, body, expected) => expect(await pointers(`/o-1/${verb}`, body)).toEqual(expected));

  test('T-19 a malformed id in the URL, and a parameter that no command has', async () => {
    expect((await api.post('/-x/confirm')).body).toMatchObject({ status: 400, errors: [{ parameter: 'orderId' }] });
    expect((await api.post('?dryRun=true', order({}))).body).toMatchObject({
      status: 400,
      errors: [{ parameter: 'dryRun' }],
    });
  });

  test('no JSON, too much of it, and something else', async () => {
    const json = { 'content-type': 'application/json' };
    const send = async (payload: string, headers: Record<string, string>) => {
      const { status, body } = await api.send({ url: '/v1/orders', payload, headers });
      return [status, body['code']];
    };
    expect(await send('{"customerId":', json)).toEqual([400, 'BODY_MALFORMED']);
    expect(await send('{"__proto__":{}}', json)).toEqual([400, 'BODY_MALFORMED']);
    expect(await send(`"${'x'.repeat(262_144)}"`, json)).toEqual([413, 'BODY_TOO_LARGE']);
    expect(await send('<order/>', { 'content-type': 'application/xml' })).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
  });

  test('malformed headers', async () => {
    for (const [name, value] of [
      ['idempotency-key', '""'],
      ['if-match', '3'],
      ['x-causation-id', 'two words'],
      ['x-correlation-id', 'two words'],
    ] as const) {
      expect(await api.create('o-1', { [name]: value })).toMatchObject({
        status: 400,
        body: { code: 'HEADER_INVALID' },
      });
    }
  });
});

describe('what is at the edge of being allowed', () => {
  test.each([
    ['128 characters', order({ orderId: 'x'.repeat(128) })],
    ['dots and dashes', order({ orderId: 'A.b_c-1' })],
    ['1,000 lines', order({ items: Array.from({ length: 1_000 }, () => items[0]) })],
    ['emoji and accents', line({ sku: 'thé 🫖' })],
    ['twelve digits and four decimals', price({ amount: '123456789012.1234', currency: 'JPY' })],
    ['for nothing', price({ amount: '0', currency: 'EUR' })],
    ['as many as Avro counts', line({ quantity: 2 ** 31 - 1 })],
  ])('create: %s', async (_case, body) => expect((await api.post('', body)).status).toBe(201));
});
