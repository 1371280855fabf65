import { describe, expect, it } from '@jest/globals';
import type { CompleteHiring, HiringCommand, HiringEvent, StartHiring } from '@millrace/contracts/hirings';
import { given, specContext } from '@millrace/core/testing';
import fc from 'fast-check';

import { hiring, type HiringRejection, type HiringStatus } from './index.ts';

const start = { hiringId: 'h-1', personId: 'p-1', organizationId: 'org-1' } as StartHiring['data'];
const completion = { hiringId: 'h-1', employmentId: 'e-1' } as CompleteHiring['data'];
const { hiringId } = start;
const reason = 'changed our mind';

const started: HiringEvent = { type: 'HiringStarted', data: start };
const completed: HiringEvent = { type: 'HiringCompleted', data: completion };
const failed: HiringEvent = { type: 'HiringFailed', data: { hiringId, reason } };
const cancelled: HiringEvent = { type: 'HiringCancelled', data: { hiringId, reason } };

const histories: Record<HiringStatus, HiringEvent[]> = {
  absent: [],
  started: [started],
  completed: [started, completed],
  failed: [started, failed],
  cancelled: [started, cancelled],
};

const commands: Record<HiringCommand['type'], HiringCommand> = {
  StartHiring: { type: 'StartHiring', data: start },
  CompleteHiring: { type: 'CompleteHiring', data: completion },
  FailHiring: { type: 'FailHiring', data: { hiringId, reason } },
  CancelHiring: { type: 'CancelHiring', data: { hiringId, reason } },
};

const absent = 'HIRING_NOT_FOUND';
const exists = 'HIRING_ALREADY_EXISTS';
const no = 'HIRING_TRANSITION_REFUSED';
const final = { StartHiring: exists, CompleteHiring: no, FailHiring: no, CancelHiring: no } as const;

/** The whole transition table: what each command does in each state. */
const matrix: Record<HiringStatus, Record<HiringCommand['type'], HiringEvent | HiringRejection>> = {
  absent: { StartHiring: started, CompleteHiring: absent, FailHiring: absent, CancelHiring: absent },
  started: { StartHiring: exists, CompleteHiring: completed, FailHiring: failed, CancelHiring: cancelled },
  completed: final,
  failed: final,
  cancelled: final,
};

const pairs = Object.entries(matrix).flatMap(([status, row]) =>
  Object.entries(row).map(([type, outcome]) => ({
    status: status as HiringStatus,
    type: type as HiringCommand['type'],
    outcome,
  })),
);

describe('hiring', () => {
  it.each(pairs)('T-49 CIM-47 ORD-80 $type when $status', ({ status, type, outcome }) => {
    const result = given(hiring)(...histories[status]).when(commands[type]);
    if (typeof outcome === 'string') result.thenRejected(outcome);
    else result.then(outcome);
  });

  it('CIM-45 T-26 a hiring begins with HiringStarted; nothing else is checked of what is stored', () => {
    expect(() => hiring.evolve(hiring.initialState, completed)).toThrow('a hiring cannot begin with HiringCompleted');
    expect(given(hiring)(started, cancelled, completed).state).toEqual({ status: 'completed' });
  });

  it('T-49 T-51 whatever the run of commands, a hiring starts once and ends at most once, in one way', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(commands)), { maxLength: 20 }), (run) => {
        let state = hiring.initialState;
        const stored: HiringEvent[] = [];
        for (const command of run) {
          const decision = hiring.decide(command, Object.freeze(state), specContext);
          expect(hiring.decide(command, state, specContext)).toEqual(decision);
          if (decision.outcome === 'rejected') continue;
          stored.push(...decision.events);
          state = decision.events.reduce((folded, event) => hiring.evolve(folded, event), state);
        }
        const [first, ...rest] = stored;
        expect([undefined, started]).toContainEqual(first);
        expect(rest.length).toBeLessThanOrEqual(1);
        expect(stored.reduce((folded, event) => hiring.evolve(folded, event), hiring.initialState)).toEqual(state);
      }),
    );
  });
});
