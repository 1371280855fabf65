import { join } from 'node:path';

import { describe, expect, test } from '@jest/globals';
import { EventCatalogue } from '@millrace/core';
import fc from 'fast-check';

import { arbitraryValue } from '../testing/arbitrary-value.ts';
import { EventDecoder } from './event-decoder.ts';
import { EventEncoder } from './event-encoder.ts';
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

describe('SHR-17 any valid event comes back from JSON and from Avro as it was', () => {
  test('JOB-49 of every domain', () => {
    expect(domains.map(([domain]) => domain)).toEqual([
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
    const registered = ofDomain.map(({ schema, version }, index) => ({
      subject: subjectOf(topicOf(domain), schema),
      eventVersion: version,
      schemaId: index + 1,
    }));
    const encoder = new EventEncoder([catalogueOf(domain, ofDomain)], registered);
    const decoder = new EventDecoder({ schemaById: async (schemaId) => ofDomain[schemaId - 1]?.schema ?? {} });
    const newest = [...Map.groupBy(ofDomain, ({ type }) => type).values()].flatMap((versions) => versions.slice(-1));
    const event = fc
      .constantFrom(...newest)
      .chain(({ type, schema }) => arbitraryValue(schema).map((data) => ({ type, data })));
    await fc.assert(
      fc.asyncProperty(event, async ({ type, data }) => {
        const json = JSON.stringify(data);
        expect(JSON.parse(json)).toStrictEqual(data);
        const decoded = await decoder.decode(encoder.encode(type, data));
        expect(decoded.data).toStrictEqual(data);
        expect(JSON.stringify(decoded.data)).toBe(json);
      }),
    );
  });
});
