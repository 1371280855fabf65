import { describe, expect, it } from '@jest/globals';
import type {
  CreateEmployment,
  EmploymentCommand,
  EmploymentEvent,
  EmploymentId,
} from '@millrace/contracts/employments';
import { given, specContext } from '@millrace/core/testing';
import fc from 'fast-check';

import { employment, type EmploymentRejection, type EmploymentStatus } from './index.ts';

const parties = { personId: 'p-1', organizationId: 'org-1' } as Omit<CreateEmployment['data'], 'employmentId'>;
const employmentId = 'e-1' as EmploymentId;

const created: EmploymentEvent = { type: 'EmploymentCreated', data: { employmentId, ...parties } };
const ended: EmploymentEvent = { type: 'EmploymentEnded', data: { employmentId, ...parties, reason: 'moved on' } };

const histories: Record<EmploymentStatus, EmploymentEvent[]> = {
  absent: [],
  created: [created],
  ended: [created, ended],
};

const commands: Record<EmploymentCommand['type'], EmploymentCommand> = {
  CreateEmployment: { type: 'CreateEmployment', data: { employmentId, ...parties } },
  EndEmployment: { type: 'EndEmployment', data: { employmentId, reason: 'moved on' } },
};

/** The whole transition table: what each command does in each state. */
const matrix: Record<EmploymentStatus, Record<EmploymentCommand['type'], EmploymentEvent | EmploymentRejection>> = {
  absent: { CreateEmployment: created, EndEmployment: 'EMPLOYMENT_NOT_FOUND' },
  created: { CreateEmployment: 'EMPLOYMENT_ALREADY_EXISTS', EndEmployment: ended },
  ended: { CreateEmployment: 'EMPLOYMENT_ALREADY_EXISTS', EndEmployment: 'EMPLOYMENT_TRANSITION_REFUSED' },
};

const pairs = Object.entries(matrix).flatMap(([status, row]) =>
  Object.entries(row).map(([type, outcome]) => ({
    status: status as EmploymentStatus,
    type: type as EmploymentCommand['type'],
    outcome,
  })),
);

describe('employment', () => {
  it.each(pairs)('CIM-9 CIM-47 ORD-80 $type when $status', ({ status, type, outcome }) => {
    const result = given(employment)(...histories[status]).when(commands[type]);
    if (typeof outcome === 'string') result.thenRejected(outcome);
    else result.then(outcome);
  });

  it('CIM-45 T-26 an employment begins with EmploymentCreated; nothing else is checked of what is stored', () => {
    expect(() => employment.evolve(employment.initialState, ended)).toThrow(
      'an employment cannot begin with EmploymentEnded',
    );
    expect(given(employment)(created, ended, ended).state).toEqual({ status: 'ended', ...parties });
  });

  it('CIM-9 whatever the run of commands, an employment is created once, ended at most once, and keeps its parties', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(commands)), { maxLength: 20 }), (run) => {
        let state = employment.initialState;
        const stored: EmploymentEvent[] = [];
        for (const command of run) {
          const decision = employment.decide(command, Object.freeze(state), specContext);
          expect(employment.decide(command, state, specContext)).toEqual(decision);
          if (decision.outcome === 'rejected') continue;
          stored.push(...decision.events);
          state = decision.events.reduce((folded, event) => employment.evolve(folded, event), state);
        }
        expect([created, ended].slice(0, stored.length)).toEqual(stored);
      }),
    );
  });
});
