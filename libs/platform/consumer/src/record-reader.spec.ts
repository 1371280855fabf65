import { describe, expect, test } from '@jest/globals';
import { EventCatalogue, MillraceError } from '@millrace/core';
import type { LogRecord } from '@millrace/kafka';

import { counterEvent, counterEvents, jsonDecoder, recordOf } from './counter.fixture.ts';
import { RecordReader } from './record-reader.ts';

const reader = new RecordReader(jsonDecoder, counterEvents);
const event = counterEvent('c1', 7, { type: 'Added', data: { by: 3 } });
const record = recordOf(event, 42);
const withHeaders = (headers: Record<string, string>): LogRecord => ({
  ...record,
  headers: { ...record.headers, ...headers },
});

describe('record reader', () => {
  test('makes an event of headers and value', async () => {
    expect(await reader.read(record)).toMatchObject({ kind: 'event', event, record });
  });

  test('brings data of an older version to the current one', async () => {
    const old = { ...withHeaders({ ce_eventversion: '1' }), value: Buffer.from('{"amount":3}') };
    expect(await reader.read(old)).toMatchObject({ kind: 'event', event: { eventVersion: 1, data: { by: 3 } } });
  });

  test('TOX-5 TOX-6 T-21 takes the name of an older store for the type that it stands for', async () => {
    const named = new EventCatalogue(
      counterEvents.definitions.map((definition) =>
        definition.type === 'Added' ? { ...definition, aliases: ['counter.added'] } : definition,
      ),
    );
    const older = withHeaders({ ce_type: 'counter.added', ce_eventversion: '1' });
    const value = Buffer.from('{"amount":3}');
    expect(await new RecordReader(jsonDecoder, named).read({ ...older, value })).toMatchObject({
      kind: 'event',
      envelope: { type: 'Added' },
      event: { type: 'Added', data: { by: 3 } },
    });
    expect(await reader.read({ ...older, value })).toMatchObject({ kind: 'unknown' });
  });

  test('does not touch the value of an unknown type', async () => {
    const unknown = { ...withHeaders({ ce_type: 'Renamed' }), value: Buffer.from('{') };
    expect(await reader.read(unknown)).toMatchObject({
      kind: 'unknown',
      envelope: { type: 'Renamed', sequenceNumber: 7 },
    });
  });

  test.each([
    ['ce_tenantid', ''],
    ['ce_aggregateversion', '0'],
    ['ce_aggregateversion', '1.5'],
    ['ce_aggregateversion', '9007199254740993'],
    ['ce_id', 'no-uuid'],
    ['ce_time', '2026-13-01T00:00:00Z'],
    ['ce_time', 'yesterday'],
    ['ce_specversion', '1'],
    ['ce_eventversion', '3'],
  ])('T-39 a record with %s "%s" can never be read', async (name, value) => {
    expect(await reader.read(withHeaders({ [name]: value }))).toMatchObject({
      kind: 'poison',
      envelope: { aggregateId: 'c1' },
    });
  });

  test('names all that is wrong with a foreign record, and its key as the aggregate', async () => {
    const foreign = await reader.read({ ...record, headers: {} });
    expect(foreign).toMatchObject({ kind: 'poison', envelope: { aggregateId: 'c1', tenantId: '', sequenceNumber: 0 } });
    expect(foreign.kind === 'poison' && (foreign.error as MillraceError).facts.problems).toContain('tenantId');
  });

  test('T-39 an unavailable registry says nothing about the record', async () => {
    const down = new RecordReader(
      {
        decode: async () => {
          throw new MillraceError('REGISTRY_UNAVAILABLE', 'down');
        },
      },
      counterEvents,
    );
    await expect(down.read(record)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });
});
