import { expect } from '@jest/globals';

import type { Command } from '../decider.ts';
import type { DomainEvent, RecordedEvent } from '../event.ts';
import type { Saga, SagaInput, SagaReaction } from '../saga.ts';

/** Given/when/then for a saga: `givenSaga(saga)(...inputs).when(input).then({ commands, … })`. */
export function givenSaga<E extends DomainEvent, State, C extends Command, P extends DomainEvent>(
  saga: Saga<E, State, C, P>,
) {
  return (...history: SagaInput<E, C>[]) => {
    const state = history.reduce<State | undefined>(
      (before, input) => (saga.react(before, input) ?? { state: before }).state,
      undefined,
    );
    return {
      state,
      when: (input: SagaInput<E, C>) => {
        const reaction = saga.react(state, input);
        return {
          reaction,
          /** What the answer holds; commands and announcements that are not named must not be there. */
          then: (expected: Partial<Omit<SagaReaction<State, C, P>, 'state'>> & { readonly state?: Partial<State> }) =>
            expect({ commands: [], announcements: [], ...reaction }).toMatchObject({
              commands: [],
              announcements: [],
              ...expected,
            }),
          thenNothing: () => expect(reaction).toBeUndefined(),
        };
      },
    };
  };
}

/** An event as a saga is told it, of tenant acme; `event` may change the envelope as well. */
export function told<E extends DomainEvent>(
  event: E & Partial<Omit<RecordedEvent, 'type' | 'data'>>,
): { readonly kind: 'event'; readonly event: RecordedEvent<E> } {
  const recorded: RecordedEvent<E> = {
    tenantId: 'acme',
    aggregateType: 'spec',
    aggregateId: 'spec-1',
    sequenceNumber: 1,
    eventId: `id of ${event.type}`,
    eventVersion: 1,
    occurredAt: '2026-01-02T03:04:05.000Z',
    correlationId: 'spec',
    causationId: 'spec',
    userId: 'alice',
    sessionId: 'none',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    metadata: {},
    ...event,
  };
  return { kind: 'event', event: recorded };
}
