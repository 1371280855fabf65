import { expect } from '@jest/globals';

import type { Command, Decider, DecisionContext } from '../decider.ts';
import type { DomainEvent } from '../event.ts';

/** Context of specs: a fixed instant, tenant and user. */
export const specContext: DecisionContext = {
  now: '2026-01-02T03:04:05.000Z',
  tenantId: 'acme',
  userId: 'alice',
  correlationId: 'spec',
};

/** Given/when/then for a decider: `given(decider)(...events).when(command).then(...events)`. */
export function given<State, C extends Command, E extends DomainEvent, Code extends string>(
  decider: Decider<State, C, E, Code>,
) {
  return (...history: E[]) => {
    const state = history.reduce((folded, event) => decider.evolve(folded, event), decider.initialState);
    return {
      state,
      when: (command: C) => {
        const decision = decider.decide(command, state, specContext);
        return {
          decision,
          then: (...events: E[]) => expect(decision).toEqual({ outcome: 'accepted', events }),
          thenRejected: (code: Code) => expect(decision).toMatchObject({ outcome: 'rejected', code }),
        };
      },
    };
  };
}
