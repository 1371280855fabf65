import { describe, expect, it } from '@jest/globals';
import type { PersonCommand, PersonEvent, PersonId } from '@millrace/contracts/persons';
import { given, specContext } from '@millrace/core/testing';
import fc from 'fast-check';

import { type Person, person, type PersonRejection } from './index.ts';

const personId = 'p-1' as PersonId;
const ada = { givenName: 'Ada', middleName: null, familyName: 'Lovelace' };
const byron = { givenName: 'Augusta Ada', middleName: 'King', familyName: 'Byron' };

const created: PersonEvent = { type: 'PersonCreated', data: { personId, legalName: ada, birthDate: null } };
const mailed: PersonEvent = { type: 'PersonEmailChanged', data: { personId, email: 'ada@example.org' } };
const renamed: PersonEvent = { type: 'PersonLegalNameChanged', data: { personId, legalName: byron } };
const born: PersonEvent = { type: 'PersonBirthDateCorrected', data: { personId, birthDate: '1815-12-10' } };

type State = 'absent' | 'known' | 'changed';
const histories: Record<State, PersonEvent[]> = {
  absent: [],
  known: [created],
  changed: [created, mailed, renamed, born],
};

const commands: Record<PersonCommand['type'], PersonCommand> = {
  CreatePerson: { type: 'CreatePerson', data: { personId, legalName: ada, birthDate: null } },
  ChangePersonEmail: { type: 'ChangePersonEmail', data: { personId, email: 'ada@example.org' } },
  ChangePersonLegalName: { type: 'ChangePersonLegalName', data: { personId, legalName: byron } },
  CorrectPersonBirthDate: { type: 'CorrectPersonBirthDate', data: { personId, birthDate: '1815-12-10' } },
};

const absent = 'PERSON_NOT_FOUND';
const exists = 'PERSON_ALREADY_EXISTS';
const unchanged = 'PERSON_UNCHANGED';

/** The whole transition table: what each command does in each state. */
const matrix: Record<State, Record<PersonCommand['type'], PersonEvent | PersonRejection>> = {
  absent: {
    CreatePerson: created,
    ChangePersonEmail: absent,
    ChangePersonLegalName: absent,
    CorrectPersonBirthDate: absent,
  },
  known: {
    CreatePerson: exists,
    ChangePersonEmail: mailed,
    ChangePersonLegalName: renamed,
    CorrectPersonBirthDate: born,
  },
  changed: {
    CreatePerson: exists,
    ChangePersonEmail: unchanged,
    ChangePersonLegalName: unchanged,
    CorrectPersonBirthDate: unchanged,
  },
};

const pairs = Object.entries(matrix).flatMap(([state, row]) =>
  Object.entries(row).map(([type, outcome]) => ({
    state: state as State,
    type: type as PersonCommand['type'],
    outcome,
  })),
);

const fold = (events: readonly PersonEvent[]): Person =>
  events.reduce((state, event) => person.evolve(state, event), person.initialState);

describe('person', () => {
  it.each(pairs)('CIM-2 CIM-8 CIM-47 ORD-80 $type when $state', ({ state, type, outcome }) => {
    const result = given(person)(...histories[state]).when(commands[type]);
    if (typeof outcome === 'string') result.thenRejected(outcome);
    else result.then(outcome);
  });

  it('CIM-24 CIM-45 T-26 a person begins with PersonCreated; anything else stops the load and says what and whose', () => {
    expect(() => fold([mailed])).toThrow(
      expect.objectContaining({
        code: 'CORRUPT_STREAM',
        message: 'a person cannot begin with PersonEmailChanged',
        facts: { personId },
      }),
    );
  });

  it('CIM-45 T-26 what no rule would allow today still loads', () => {
    const nameless = { givenName: ' ', middleName: null, familyName: '' };
    const state = fold([
      { type: 'PersonCreated', data: { personId, legalName: nameless, birthDate: '2999-02-31' } },
      { type: 'PersonEmailChanged', data: { personId, email: 'nowhere' } },
      { type: 'PersonEmailChanged', data: { personId, email: 'nowhere' } },
    ]);
    expect(state).toEqual({ exists: true, legalName: nameless, birthDate: '2999-02-31', email: 'nowhere' });
    expect(person.decide(commands.ChangePersonLegalName, state, specContext)).toMatchObject({ outcome: 'accepted' });
  });

  it('CIM-25 an event tells what has changed, not the whole person', () => {
    expect([mailed, renamed, born].map(({ data }) => Object.keys(data))).toEqual([
      ['personId', 'email'],
      ['personId', 'legalName'],
      ['personId', 'birthDate'],
    ]);
  });
});

describe('a legal name', () => {
  const create = (name: object) =>
    given(person)().when({ type: 'CreatePerson', data: { personId, legalName: { ...ada, ...name }, birthDate: null } });

  it.each(['', ' ', ' Ada', 'Ada ', '123', "-'.", 'A\nda', 'A\u0000da', 'A\u2028da', 'A\ud800', 'x'.repeat(101)])(
    'CIM-3 %j is no part of one, whichever part it is',
    (text) => {
      for (const part of ['givenName', 'middleName', 'familyName']) {
        const { decision } = create({ [part]: text });
        expect(decision).toMatchObject({ code: 'PERSON_NAME_MALFORMED', detail: expect.stringContaining(part) });
      }
      given(person)(created)
        .when({ type: 'ChangePersonLegalName', data: { personId, legalName: { ...ada, familyName: text } } })
        .thenRejected('PERSON_NAME_MALFORMED');
    },
  );

  it.each(['A', "O'Neill", 'Jean-Luc', 'Nguyễn Thị', '李', 'محمد', 'Elizabeth 2nd', '𝒳'.repeat(100)])(
    'CIM-3 %j is one',
    (text) => {
      for (const part of ['givenName', 'middleName', 'familyName']) {
        expect(create({ [part]: text }).decision.outcome).toBe('accepted');
      }
    },
  );

  it('CIM-3 a refusal names the part and never tells the name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (text) => {
        const { decision } = create({ familyName: ` ${text}` });
        expect(JSON.stringify(decision)).not.toContain(JSON.stringify(text).slice(1, -1));
      }),
    );
  });
});

describe('a birth date', () => {
  const create = (birthDate: string) =>
    given(person)().when({ type: 'CreatePerson', data: { personId, legalName: ada, birthDate } });

  // specContext is on 2026-01-02.
  it.each(['2026-01-02', '1800-01-01', '2000-02-29', '1990-12-31'])('CIM-2 %s is one, kept as it is', (birthDate) => {
    create(birthDate).then({ type: 'PersonCreated', data: { personId, legalName: ada, birthDate } });
  });

  it.each([
    '2026-01-03',
    '1799-12-31',
    '1900-02-29',
    '1990-04-31',
    '1990-4-3',
    '1990-04-03T00:00:00Z',
    '',
    '0000-00-00',
  ])('CIM-2 %j is none', (birthDate) => {
    create(birthDate).thenRejected('PERSON_BIRTH_DATE_REFUSED');
    given(person)(created)
      .when({ type: 'CorrectPersonBirthDate', data: { personId, birthDate } })
      .thenRejected('PERSON_BIRTH_DATE_REFUSED');
  });

  it('CIM-2 every day of the calendar from 1800 until today is one, and only those', () => {
    const day = fc.date({ min: new Date('1790-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(day, (date) => {
        const text = date.toISOString().slice(0, 10);
        const expected = text >= '1800-01-01' && text <= '2026-01-02' ? 'accepted' : 'rejected';
        expect(create(text).decision.outcome).toBe(expected);
      }),
    );
  });
});

it.each([
  '',
  'nowhere',
  '@example.org',
  'ada@',
  'a b@example.org',
  'a@b@c',
  'a\n@example.org',
  `${'a'.repeat(251)}@b.c`,
])('CIM-8 %j is no email address', (email) => {
  given(person)(created)
    .when({ type: 'ChangePersonEmail', data: { personId, email } })
    .thenRejected('PERSON_EMAIL_MALFORMED');
});

it('CIM-24 CIM-47 deciding is pure, and what a run of commands stored folds to the state it reached', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.values(commands)), { maxLength: 20 }), (run) => {
      let state = person.initialState;
      const stored: PersonEvent[] = [];
      for (const command of run) {
        const before = JSON.stringify(state);
        const decision = person.decide(command, Object.freeze(state), specContext);
        expect(person.decide(command, state, specContext)).toEqual(decision);
        expect(JSON.stringify(state)).toBe(before);
        if (decision.outcome === 'rejected') continue;
        stored.push(...decision.events);
        state = decision.events.reduce((folded, event) => person.evolve(folded, event), state);
      }
      expect(fold(stored)).toEqual(state);
    }),
  );
});
