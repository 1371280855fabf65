import { join } from 'node:path';

import { beforeAll, describe, expect, test } from '@jest/globals';
import { EventCatalogue, MillraceError } from '@millrace/core';

import { EventDecoder } from './event-decoder.ts';
import { EventEncoder, PAYLOAD_LIMIT_BYTES } from './event-encoder.ts';
import { frame } from './frame.ts';
import { readSchemaFolder, type SchemaFile } from './schema-files.ts';
import { subjectOf } from './subject.ts';

const TOPIC = 'orders.events.v1';

const order = {
  orderId: '0190b5c2-7a4e-7c3e-9d2f-1a2b3c4d5e6f',
  customerId: 'customer-7',
  items: [
    { sku: 'KEY-1', quantity: 300, unitPrice: { amount: '12.50', currency: 'EUR' } },
    { sku: 'CAFÉ ☕', quantity: 1, unitPrice: { amount: '0.99', currency: 'EUR' } },
  ],
  total: { amount: '3750.99', currency: 'EUR' },
};

/** `order` as OrderCreated version 2, encoded by Python's fastavro 1.13.1. */
const GOLDEN_AVRO =
  '4830313930623563322d376134652d376333652d396432662d31613262336334643565366614637573746f6d65722d37040a4b45592d31d8040a31' +
  '322e35300645555212434146c38920e298950208302e393906455552000e333735302e393906455552';

/** The internal order events of the checkout. */
let files: SchemaFile[];

beforeAll(async () => {
  const folder = await readSchemaFolder(join(import.meta.dirname, '../../../../schemas'));
  files = folder.files.filter(({ domain, published }) => domain === 'orders' && !published);
});

/** Order events up to a version, so that an older one can be the current one. */
function catalogueUpTo(newest: number): EventCatalogue {
  const known = files.filter(({ version }) => version <= newest);
  return new EventCatalogue(
    [...Map.groupBy(known, ({ type }) => type)].map(([type, versions]) => ({
      type,
      aggregateType: 'order',
      topic: TOPIC,
      schemas: Object.fromEntries(versions.map(({ version, schema }) => [version, schema])),
      upcasters: { 1: (data) => data },
    })),
  );
}

/** A registry that gave the files the ids 1000001, 1000002 … */
const idOf = (index: number) => 1_000_001 + index;
const registered = () =>
  files.map(({ schema, version }, index) => ({
    subject: subjectOf(TOPIC, schema),
    eventVersion: version,
    schemaId: idOf(index),
  }));
const schemaIdOf = (name: string, version: number) =>
  idOf(files.findIndex((file) => file.type === name && file.version === version));
const encoderUpTo = (newest: number) => new EventEncoder([catalogueUpTo(newest)], registered());
const decoder = () =>
  new EventDecoder({
    schemaById: async (schemaId) => files.find((_, index) => idOf(index) === schemaId)?.schema ?? {},
  });

describe('SHR-17 events as Confluent-framed Avro', () => {
  test('one OrderCreated has exactly the bytes that another implementation of Avro gives it', () => {
    const frameHeader = `00${schemaIdOf('OrderCreated', 2).toString(16).padStart(8, '0')}`;
    expect(encoderUpTo(2).encode('OrderCreated', order).toString('hex')).toBe(frameHeader + GOLDEN_AVRO);
  });

  test('the bytes of another implementation of Avro decode to the event', async () => {
    const schemaId = schemaIdOf('OrderCreated', 2);
    const decoded = await decoder().decode(frame(schemaId, Buffer.from(GOLDEN_AVRO, 'hex')));
    expect(decoded).toStrictEqual({ schemaId, data: order });
  });

  test('an old record decodes as its writer knew it, without the fields of later versions', async () => {
    const { total: _, ...version1 } = order;
    const decoded = await decoder().decode(encoderUpTo(1).encode('OrderCreated', version1));
    expect(decoded).toStrictEqual({ schemaId: schemaIdOf('OrderCreated', 1), data: version1 });
  });
});

describe('SHR-18 a stored event', () => {
  test('under the name of an older store has the bytes of the type that the name stands for', () => {
    const catalogue = new EventCatalogue(
      catalogueUpTo(2).definitions.map((definition) => ({ ...definition, aliases: [`old.${definition.type}`] })),
    );
    const { total: _, ...version1 } = order;
    const encoder = new EventEncoder([catalogue], registered());
    const bytes = encoderUpTo(1).encode('OrderCreated', version1);
    expect(encoder.encodeStored('old.OrderCreated', 1, version1)).toEqual(bytes);
    expect(encoder.definition('old.OrderCreated').type).toBe('OrderCreated');
  });
});

describe('encoding refuses', () => {
  test.each([
    ['a wrong type', { ...order, items: [{ ...order.items[0], quantity: '2' }] }, ['items.0.quantity']],
    [
      'a fraction where whole numbers belong',
      { ...order, items: [{ ...order.items[0], quantity: 1.5 }] },
      ['items.0.quantity'],
    ],
    ['a missing field, even one with a default', { ...order, total: undefined }, ['total']],
    ['a field that the schema does not have', { ...order, note: 'x', total: { ...order.total, cents: 1 } }, ['note']],
    ['an undeclared field inside', { ...order, total: { ...order.total, cents: 1 } }, ['total.cents']],
    ['no data', null, ['']],
  ])('%s, as PAYLOAD_INVALID with its path', (_, data, paths) => {
    expect(() => encoderUpTo(2).encode('OrderCreated', data)).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_INVALID', facts: { type: 'OrderCreated', paths } }),
    );
  });

  test('what the outbox would refuse for its size, and nothing smaller', () => {
    const encoder = encoderUpTo(2);
    const overhead = encoder.encode('OrderCancelled', { orderId: '1', reason: 'x'.repeat(100_000) }).length - 100_000;
    const reason = (sizeBytes: number) => ({ orderId: '1', reason: 'x'.repeat(sizeBytes - overhead) });
    expect(encoder.encode('OrderCancelled', reason(PAYLOAD_LIMIT_BYTES - 1))).toHaveLength(PAYLOAD_LIMIT_BYTES - 1);
    expect(() => encoder.encode('OrderCancelled', reason(PAYLOAD_LIMIT_BYTES))).toThrow(
      expect.objectContaining({
        code: 'PAYLOAD_TOO_LARGE',
        facts: { type: 'OrderCancelled', sizeBytes: PAYLOAD_LIMIT_BYTES },
      }),
    );
  });

  test('an unknown type', () => {
    expect(() => encoderUpTo(2).encode('OrderLost', {})).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_EVENT_TYPE' }),
    );
  });

  test('a stored event of an unknown version, or of one that has no id', () => {
    expect(() => encoderUpTo(2).encodeStored('OrderCreated', 3, order)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_EVENT_TYPE', facts: { type: 'OrderCreated', version: 3 } }),
    );
    const ids = registered().filter(({ schemaId }) => schemaId !== schemaIdOf('OrderCreated', 1));
    const encoder = new EventEncoder([catalogueUpTo(2)], ids);
    expect(() => encoder.encodeStored('OrderCreated', 1, order)).toThrow(
      expect.objectContaining({ code: 'SCHEMA_NOT_REGISTERED' }),
    );
  });

  test('to start when a current version has no id, and names the subject', () => {
    const ids = registered().filter(({ schemaId }) => schemaId !== schemaIdOf('OrderCreated', 2));
    expect(() => new EventEncoder([catalogueUpTo(2)], ids)).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_NOT_REGISTERED',
        facts: { missing: ['orders.events.v1-orders.OrderCreated version 2'] },
      }),
    );
  });
});

describe('decoding', () => {
  test.each([
    ['ends early', GOLDEN_AVRO.slice(0, 40)],
    ['goes on after the event', `${GOLDEN_AVRO}00`],
    ['is not Avro', '7b7d'],
  ])('TOX-8 refuses a value that %s as RECORD_MALFORMED', async (_, hex) => {
    const value = frame(schemaIdOf('OrderCreated', 2), Buffer.from(hex, 'hex'));
    await expect(decoder().decode(value)).rejects.toMatchObject({ code: 'RECORD_MALFORMED', retriable: false });
  });

  test('asks once for each schema, however many records wait for it', async () => {
    const asked: number[] = [];
    const reader = new EventDecoder({
      schemaById: async (schemaId) => {
        asked.push(schemaId);
        return files[schemaId - idOf(0)]?.schema ?? {};
      },
    });
    const value = encoderUpTo(2).encode('OrderCreated', order);
    await Promise.all([reader.decode(value), reader.decode(value), reader.warm([schemaIdOf('OrderCreated', 2)])]);
    await reader.decode(value);
    expect(asked).toEqual([schemaIdOf('OrderCreated', 2)]);
  });

  test('a registry outage fails only what was not warmed, and is over with the outage', async () => {
    let up = true;
    const reader = new EventDecoder({
      schemaById: async (schemaId) => {
        if (!up) throw new MillraceError('REGISTRY_UNAVAILABLE', 'down');
        return files[schemaId - idOf(0)]?.schema ?? {};
      },
    });
    const [created, cancelled] = [
      encoderUpTo(2).encode('OrderCreated', order),
      encoderUpTo(2).encode('OrderCancelled', { orderId: '1', reason: 'none' }),
    ];
    await reader.warm([schemaIdOf('OrderCreated', 2)]);
    up = false;
    await expect(reader.decode(created)).resolves.toMatchObject({ data: order });
    await expect(reader.decode(cancelled)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retriable: true });
    up = true;
    await expect(reader.decode(cancelled)).resolves.toMatchObject({ data: { orderId: '1', reason: 'none' } });
  });
});
