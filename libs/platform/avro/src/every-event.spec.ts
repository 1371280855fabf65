import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { EventCatalogue } from '@millrace/core';
import fc from 'fast-check';

import { arbitraryValue } from '../testing/arbitrary-value.ts';
import { EventDecoder } from './event-decoder.ts';
import { EventEncoder, type RegisteredSchema } from './event-encoder.ts';
import { readSchemaFolder, type SchemaFile } from './schema-files.ts';
import { subjectOf } from './subject.ts';

const { files } = await readSchemaFolder(join(import.meta.dirname, '../../../../schemas'));
const internal = files.filter(({ published }) => !published);
const domains = [...Map.groupBy(internal, ({ domain }) => domain)];

const topicOf = (domain: string) => `${domain}.events.v1`;

/** The events of a domain, as their files are. */
function catalogueOf(domain: string, ofDomain: readonly SchemaFile[]): EventCatalogue {
  return new EventCatalogue(
    [...Map.groupBy(ofDomain, ({ type }) => type)].map(([type, versions]) => ({
      type,
      aggregateType: domain,
      topic: topicOf(domain),
      schemas: Object.fromEntries(versions.map(({ version, schema }) => [version, schema])),
      upcasters: Object.fromEntries(versions.map(({ version }) => [version, (data: unknown) => data])),
    })),
  );
}

/** The registry's answer for a domain: ids by the place of the file. */
function registeredOf(domain: string, ofDomain: readonly SchemaFile[]): RegisteredSchema[] {
  return ofDomain.map(({ schema, version }, index) => ({
    subject: subjectOf(topicOf(domain), schema),
    eventVersion: version,
    schemaId: index + 1,
  }));
}

/** An event with data of the version that the file holds. */
const arbitraryEvent = (some: readonly SchemaFile[]) =>
  fc.constantFrom(...some).chain((file) => arbitraryValue(file.schema).map((data) => ({ file, data })));

/** What Postgres makes of JSON in `jsonb`: equal, but its members come in another order. */
function reordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reordered);
  const members = Object.entries(value).reverse();
  return Object.fromEntries(members.map(([name, member]) => [name, reordered(member)]));
}

describe('SHR-17 any valid event comes back from JSON and from Avro as it was', () => {
  test('JOB-49 of every domain', () => {
    expect(domains.map(([domain]) => domain)).toEqual([
      'canary',
      'employments',
      'hirings',
      'jobs',
      'orders',
      'organizations',
      'persons',
      'pipelines',
      'tenants',
      'users',
    ]);
  });

  test.each(domains)('JOB-49 of %s', async (domain, ofDomain) => {
    const encoder = new EventEncoder([catalogueOf(domain, ofDomain)], registeredOf(domain, ofDomain));
    const decoder = new EventDecoder({ schemaById: async (schemaId) => ofDomain[schemaId - 1]?.schema ?? {} });
    const newest = [...Map.groupBy(ofDomain, ({ type }) => type).values()].flatMap((versions) => versions.slice(-1));
    await fc.assert(
      fc.asyncProperty(arbitraryEvent(newest), async ({ file: { type }, data }) => {
        expect(JSON.parse(JSON.stringify(data))).toStrictEqual(data);
        const decoded = await decoder.decode(encoder.encode(type, data));
        expect(decoded.data).toStrictEqual(data);
      }),
    );
  });
});

describe('SHR-18 T-33 any stored event gets the bytes that it had when it was new', () => {
  test.each(domains)('of %s, in every version, whatever order the store gives its members', (domain, ofDomain) => {
    const registered = registeredOf(domain, ofDomain);
    const today = new EventEncoder([catalogueOf(domain, ofDomain)], registered);
    const encoders = new Map<number, EventEncoder>();
    /** As it was when the version was the newest. */
    const encoderOf = (version: number) => {
      const known = ofDomain.filter((file) => file.version <= version);
      const encoder = encoders.get(version) ?? new EventEncoder([catalogueOf(domain, known)], registered);
      encoders.set(version, encoder);
      return encoder;
    };
    fc.assert(
      fc.property(arbitraryEvent(ofDomain), ({ file: { type, version }, data }) => {
        const first = encoderOf(version).encode(type, data);
        expect(today.encodeStored(type, version, reordered(data)).equals(first)).toBe(true);
      }),
    );
  });
});
