import { describe, expect, test } from '@jest/globals';
import { foldEvent, type RecordedEvent } from '@millrace/core';
import fc from 'fast-check';

import { personView, type PersonViewRow } from './index.ts';
import {
  catalogue,
  employmentHistory,
  type Happening,
  hour,
  type Job,
  personHistory,
  type ViewEvent,
} from './person-events.fixture.ts';

const fold = (...events: RecordedEvent<ViewEvent>[]) =>
  events.reduce<PersonViewRow | undefined>((row, event) => foldEvent(personView, row, event), undefined);

const person = personHistory('p-1', ['created', 'mailed', 'renamed', 'corrected', 'remailed']);
const job = (employmentId: string, organizationId: string, [since, until]: [string, string?]) =>
  employmentHistory({ employmentId, personId: 'p-1', organizationId, since, until });

describe('person view', () => {
  test('CIM-27 every event type is handled, and a type from the future leaves the row as it is', () => {
    expect(Object.keys(personView.handlers).sort()).toEqual(catalogue.definitions.map(({ type }) => type).sort());
    const row = fold(...person);
    expect(foldEvent(personView, row, { ...person[0]!, type: 'PersonKnighted' as never, sequenceNumber: 6 })).toBe(row);
  });

  test('CIM-28 CIM-14 PersonCreated: name from the legal name, no email, no organization, time of the event', () => {
    expect(fold(person[0]!)).toEqual({
      tenant_id: 'acme',
      person_id: 'p-1',
      display_name: 'Ada Byron',
      email: null,
      organization_id: null,
      last_updated: hour(0),
      employments: [],
      created_at: hour(0),
      version: 1,
    });
  });

  test('CIM-29 PersonEmailChanged changes email and time, and nothing else', () => {
    const before = fold(person[0]!);
    expect(fold(...person.slice(0, 2))).toEqual({
      ...before,
      email: 'ada@example.org',
      last_updated: hour(1),
      version: 2,
    });
  });

  test('CIM-28 the display name follows the legal name, middle name and all', () => {
    expect(fold(...person)).toMatchObject({
      display_name: 'Ada King Lovelace',
      email: 'lovelace@example.org',
      last_updated: hour(4),
      version: 5,
    });
  });

  test('CIM-9 CIM-31 T-55 EmploymentCreated gives the person an organization, EmploymentEnded takes it away', () => {
    const [began, ended] = job('e-1', 'org-1', [hour(10), hour(11)]);
    expect(fold(...person, began!)).toMatchObject({ organization_id: 'org-1', last_updated: hour(10), version: 5 });
    expect(fold(...person, began!, ended!)).toMatchObject({
      organization_id: null,
      employments: [],
      last_updated: hour(11),
      version: 5,
    });
  });

  test('CIM-31 of several employments the one that began last counts, and when it ends the one before', () => {
    const first = job('e-1', 'org-1', [hour(10)]);
    const [began, ended] = job('e-2', 'org-2', [hour(12), hour(14)]);
    expect(fold(...person, ...first, began!)).toMatchObject({ organization_id: 'org-2' });
    expect(fold(...person, began!, ...first)).toMatchObject({ organization_id: 'org-2' });
    expect(fold(...person, ...first, began!, ended!)).toMatchObject({ organization_id: 'org-1' });
  });

  test('CIM-31 the end of an employment that is not shown leaves the organization', () => {
    const [began, ended] = job('e-1', 'org-1', [hour(10), hour(14)]);
    expect(fold(...person, began!, ...job('e-2', 'org-2', [hour(12)]), ended!)).toMatchObject({
      organization_id: 'org-2',
      last_updated: hour(14),
    });
  });

  test('T-50 an employment before its person is kept: version 0 and no name until the person comes', () => {
    const employed = job('e-1', 'org-1', [hour(10)]);
    expect(fold(...employed)).toMatchObject({
      display_name: null,
      created_at: null,
      organization_id: 'org-1',
      version: 0,
    });
    expect(fold(...employed, ...person)).toEqual(fold(...person, ...employed));
  });

  test('CIM-30 T-42 a change before PersonCreated is refused, not swallowed', () => {
    for (const event of person.slice(1)) {
      const refusal = `${event.type} of person p-1 has no PersonCreated before it`;
      expect(() => fold(event)).toThrow(refusal);
      expect(() => fold(...job('e-1', 'org-1', [hour(10)]), event)).toThrow(refusal);
    }
  });

  test('T-50 CIM-47 whatever the order of arrival over topics and partitions, the row is the same', () => {
    const changes: Happening[] = ['mailed', 'remailed', 'renamed', 'corrected'];
    // Few instants, so that some are equal; some with microseconds, some before the person.
    const instant = fc
      .record({ hour: fc.integer({ min: 0, max: 3 }), micros: fc.constantFrom('000', '000123', '001') })
      .map(({ hour: at, micros }) => `2026-01-02T0${at}:00:00.${micros}Z`);
    const parties = { personId: fc.constant('p-1'), organizationId: fc.constantFrom('org-1', 'org-2', 'org-3') };
    const times = { since: instant, until: fc.option(instant, { nil: undefined }) };
    const jobs = fc
      .array(fc.record({ ...parties, ...times }), { maxLength: 4 })
      .map((all): Job[] => all.map((each, index) => ({ ...each, employmentId: `e-${index}` })));
    const names = fc.array(fc.constantFrom(...changes), { maxLength: 4 });
    const turns = fc.array(fc.nat(), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(names, jobs, turns, (happened, employments, order) => {
        const streams = [personHistory('p-1', ['created', ...happened]), ...employments.map(employmentHistory)];
        const expected = fold(...streams.flat());
        const arrived = merged(streams, order);
        expect(arrived.reduce<PersonViewRow | undefined>(foldStored, undefined)).toEqual(asStored(expected));
      }),
      { numRuns: 500 },
    );
  });
});

/** The streams as one, each in its order. `turns` says whose event is next. */
function merged<E>(streams: readonly (readonly E[])[], turns: readonly number[]): E[] {
  const rest = streams.map((stream) => [...stream]);
  return turns.flatMap((turn) => {
    const left = rest.filter((stream) => stream.length > 0);
    return left.length === 0 ? [] : (left[turn % left.length]?.splice(0, 1) ?? []);
  });
}

/** Folds as a consumer does that stores the row after every event. */
function foldStored(row: PersonViewRow | undefined, event: RecordedEvent<ViewEvent>): PersonViewRow | undefined {
  return asStored(foldEvent(personView, row, event));
}

/** The row in the notation in which Postgres gives instants back. */
function asStored(row: PersonViewRow | undefined): PersonViewRow | undefined {
  const notation = (instant: string) =>
    instant
      .replace(/(\.\d*?)0*Z$/, '$1Z')
      .replace('.Z', 'Z')
      .replace('Z', '+00:00');
  return (
    row && { ...row, last_updated: notation(row.last_updated), created_at: row.created_at && notation(row.created_at) }
  );
}
