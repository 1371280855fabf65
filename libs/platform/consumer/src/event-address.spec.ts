import { describe, expect, test } from '@jest/globals';
import { EventCatalogue } from '@millrace/core';

import { definitionsFor } from './event-address.ts';

const define = (aggregateType: string, type: string, aliases: string[] = []) => ({
  type,
  aliases,
  aggregateType,
  topic: `${aggregateType}s.events.v1`,
  schemas: { 1: {} },
  upcasters: {},
});
const catalogue = new EventCatalogue([
  define('person', 'PersonCreated'),
  define('person', 'PersonEmailChanged'),
  define('job', 'JobCreated', ['job.created']),
]);
const typesFor = (events: string | readonly string[]) => definitionsFor(catalogue, events).map(({ type }) => type);

const all = ['PersonCreated', 'PersonEmailChanged', 'JobCreated'];

describe('definitionsFor', () => {
  test.each([
    ['persons.PersonEmailChanged', ['PersonEmailChanged']],
    ['events.persons.PersonEmailChanged', ['PersonEmailChanged']],
    ['persons.*', ['PersonCreated', 'PersonEmailChanged']],
    ['persons.>', ['PersonCreated', 'PersonEmailChanged']],
    ['events.persons.>', ['PersonCreated', 'PersonEmailChanged']],
    ['*.JobCreated', ['JobCreated']],
    ['*.*', all],
    ['*.>', all],
    ['>', all],
    ['events.>', all],
  ])('CIM-21 CIM-32 %s means %j', (pattern, types) => {
    expect(typesFor(pattern)).toEqual(types);
  });

  test.each([
    ...[
      '',
      '.',
      'persons.',
      '.PersonCreated',
      'persons..PersonCreated',
      '>.PersonCreated',
      'persons.>.x',
      'persons.**',
    ],
    ...['persons.Person*', 'persons PersonCreated', 'persons.*\n'],
  ])('CIM-21 ACC-37 %j is no pattern', (pattern) => {
    expect(() => typesFor(pattern)).toThrow(
      expect.objectContaining({ code: 'SUBSCRIPTION_INVALID', message: expect.stringContaining('is no pattern') }),
    );
  });

  test.each(['persons', '*', 'events', 'persons.JobCreated', 'person.PersonCreated', 'persons.*.*', 'persons.*.>'])(
    'CIM-21 ACC-37 %j means no event type',
    (pattern) => {
      expect(() => typesFor(pattern)).toThrow(
        expect.objectContaining({
          code: 'SUBSCRIPTION_INVALID',
          message: expect.stringContaining('persons.>, jobs.>'),
        }),
      );
    },
  );

  test('ACC-37 a list names types', () => {
    expect(typesFor(['JobCreated', 'PersonCreated'])).toEqual(['JobCreated', 'PersonCreated']);
    expect(() => typesFor(['JobCreated', 'JobLost'])).toThrow(
      expect.objectContaining({ code: 'SUBSCRIPTION_INVALID', facts: { unknown: ['JobLost'] } }),
    );
    expect(() => typesFor([])).toThrow(expect.objectContaining({ code: 'SUBSCRIPTION_INVALID' }));
  });
});
