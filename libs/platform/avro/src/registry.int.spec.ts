import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { EventCatalogue } from '@millrace/core';
import { testServices } from '@millrace/testing';
import fc from 'fast-check';

import { arbitraryEdit } from '../testing/arbitrary-edit.ts';
import type { AvroField, AvroRecord } from './avro-schema.ts';
import { compatibilityProblems } from './compatibility.ts';
import { EventDecoder } from './event-decoder.ts';
import { EventEncoder } from './event-encoder.ts';
import { frame } from './frame.ts';
import { registerSchemas } from './register-schemas.ts';
import { RegistryClient } from './registry-client.ts';

const schemaOf = (...fields: AvroField[]): AvroRecord => ({
  type: 'record',
  name: 'Noted',
  namespace: 'notes',
  doc: 'Somebody took a note.',
  fields: [{ name: 'text', type: 'string', doc: 'The note.' }, ...fields],
});
const version1 = schemaOf();
const version2 = schemaOf({ name: 'colour', type: ['null', 'string'], default: null, doc: 'Its colour.' });
const incompatible = schemaOf({ name: 'colour', type: 'string', doc: 'Its colour.' });

/** The registry outlives the test run: every test has a topic, and so subjects, of its own. */
const newTopic = () => `test-${randomUUID()}.events.v1`;

function catalogueOf(topic: string, ...versions: AvroRecord[]): EventCatalogue {
  const schemas = Object.fromEntries(versions.map((schema, index) => [index + 1, schema]));
  return new EventCatalogue([
    { type: 'Noted', aggregateType: 'note', topic, schemas, upcasters: { 1: (data) => data } },
  ]);
}

let registryUrl: string;
let registry: RegistryClient;

beforeAll(() => {
  registryUrl = testServices().schemaRegistryUrl;
  registry = new RegistryClient(registryUrl);
});

const register = (topic: string, ...versions: AvroRecord[]) =>
  registerSchemas({ registryUrl, catalogues: [catalogueOf(topic, ...versions)] });

describe('SHR-17 registration', () => {
  test('gives every version an id, in order, under a FULL_TRANSITIVE subject', async () => {
    const topic = newTopic();
    const subject = `${topic}-notes.Noted`;
    const rows = await register(topic, version1, version2);
    expect(rows).toEqual([
      { subject, eventVersion: 1, schemaId: expect.any(Number) },
      { subject, eventVersion: 2, schemaId: expect.any(Number) },
    ]);
    await expect(registry.compatibility(subject)).resolves.toBe('FULL_TRANSITIVE');
    await expect(registry.versions(subject)).resolves.toEqual([version1, version2]);
    await expect(Promise.all(rows.map(({ schemaId }) => registry.schemaById(schemaId)))).resolves.toEqual([
      version1,
      version2,
    ]);
  });

  test('changes nothing when it runs again, and only adds what is new', async () => {
    const topic = newTopic();
    const [first] = await register(topic, version1);
    const both = await register(topic, version1, version2);
    await expect(register(topic, version1, version2)).resolves.toEqual(both);
    expect(both[0]).toEqual(first);
    await expect(registry.versions(`${topic}-notes.Noted`)).resolves.toHaveLength(2);
  });

  test('restores the level of a subject that somebody changed', async () => {
    const topic = newTopic();
    await register(topic, version1);
    await registry.setCompatibility(`${topic}-notes.Noted`, 'NONE');
    await register(topic, version1);
    await expect(registry.compatibility(`${topic}-notes.Noted`)).resolves.toBe('FULL_TRANSITIVE');
  });

  test('an older checkout may run it against a registry that knows newer versions', async () => {
    const topic = newTopic();
    const both = await register(topic, version1, version2);
    await expect(register(topic, version1)).resolves.toEqual(both.slice(0, 1));
  });

  test('refuses an incompatible version with the field, before the registry sees it; the registry would refuse it too', async () => {
    const topic = newTopic();
    await register(topic, version1);
    await expect(register(topic, version1, incompatible)).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      message: expect.stringContaining('Noted.colour was added without a default'),
    });
    await expect(registry.register(`${topic}-notes.Noted`, incompatible)).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
    });
    await expect(registry.versions(`${topic}-notes.Noted`)).resolves.toEqual([version1]);
  });

  test('refuses a registered version that was edited', async () => {
    const topic = newTopic();
    await register(topic, version1);
    await expect(register(topic, version2)).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      message: expect.stringContaining('is registered with another content'),
    });
  });

  test('the registry accepts whatever our own verdict calls compatible', async () => {
    const compatible = arbitraryEdit().filter(
      ({ before, after }) =>
        compatibilityProblems([{ version: 1, schema: before }], { version: 2, schema: after }).length === 0,
    );
    await fc.assert(
      fc.asyncProperty(compatible, async ({ before, after }) => {
        const subject = `${newTopic()}-test.Event`;
        await registry.setCompatibility(subject, 'FULL_TRANSITIVE');
        await registry.register(subject, before);
        await registry.register(subject, after);
      }),
      { numRuns: 30 },
    );
  });
});

describe('decoding from registry data alone', () => {
  let proxy: RegistryProxy | undefined;

  afterEach(() => proxy?.close());

  test('SHR-17 old and new records decode, each by the schema of its id', async () => {
    const topic = newTopic();
    const rows = await register(topic, version1, version2);
    const old = new EventEncoder([catalogueOf(topic, version1)], rows).encode('Noted', { text: 'old' });
    const now = new EventEncoder([catalogueOf(topic, version1, version2)], rows).encode('Noted', {
      text: 'new',
      colour: 'red',
    });
    const decoder = new EventDecoder(registry);
    await expect(decoder.decode(old)).resolves.toEqual({ schemaId: rows[0]?.schemaId, data: { text: 'old' } });
    await expect(decoder.decode(now)).resolves.toEqual({
      schemaId: rows[1]?.schemaId,
      data: { text: 'new', colour: 'red' },
    });
  });

  test('an id that the registry never gave is SCHEMA_NOT_REGISTERED', async () => {
    const decoder = new EventDecoder(registry);
    await expect(decoder.decode(frame(2 ** 31 - 1, Buffer.alloc(1)))).rejects.toMatchObject({
      code: 'SCHEMA_NOT_REGISTERED',
    });
  });

  test('T-36 a registry outage stops no record whose schema was seen, and is retriable for the others', async () => {
    const topic = newTopic();
    const rows = await register(topic, version1, version2);
    const value = (schemaId: number, data: object) =>
      new EventEncoder(
        [catalogueOf(topic, version1)],
        [{ subject: rows[0]?.subject ?? '', eventVersion: 1, schemaId }],
      ).encode('Noted', data);
    const [seen = 0, unseen = 0] = rows.map(({ schemaId }) => schemaId);
    proxy = await RegistryProxy.open(new URL(registryUrl));
    const decoder = new EventDecoder(new RegistryClient(proxy.url));
    await decoder.warm([seen]);

    await proxy.close();
    await expect(decoder.decode(value(seen, { text: 'seen' }))).resolves.toMatchObject({ data: { text: 'seen' } });
    await expect(decoder.decode(value(unseen, { text: '' }))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      retriable: true,
    });
  });
});

/** A way to the registry that can be cut. */
class RegistryProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(url: string, server: Server, sockets: Set<Socket>) {
    this.url = url;
    this.#server = server;
    this.#sockets = sockets;
  }

  static async open(target: URL): Promise<RegistryProxy> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname);
      for (const socket of [client, upstream]) sockets.add(socket.on('error', () => socket.destroy()));
      client.pipe(upstream).pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = new URL(target);
    url.host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    return new RegistryProxy(url.href, server, sockets);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}
