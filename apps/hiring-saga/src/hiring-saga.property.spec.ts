/**
 * The hiring saga in a small world: three kinds of aggregates with the rules of their domains, topics without order among
 * each other, one queue of commands, and somebody who cancels or a clock that runs out at any moment.
 */
import { expect, test } from '@jest/globals';
import type { DomainEvent, SagaInput } from '@millrace/core';
import { told } from '@millrace/core/testing';
import fc from 'fast-check';

import { type HiringProcess, hiringSaga, type HiringSagaCommand, type HiringSagaEvent } from './hiring-saga.ts';

const saga = hiringSaga({ timeoutMs: 1 });
const ids = { hiringId: 'h', personId: 'p', organizationId: 'o' };
const employment = { employmentId: 'h', personId: 'p', organizationId: 'o' };

const moves = ['hirings', 'persons', 'employments', 'command', 'again', 'cancel', 'timeout', 'person'] as const;
type Move = (typeof moves)[number];
type Topic = Extract<Move, 'hirings' | 'persons' | 'employments'>;

class World {
  hiring: 'started' | 'completed' | 'failed' | 'cancelled' = 'started';
  employment: 'absent' | 'created' | 'ended' = 'absent';
  readonly topics: Record<Topic, HiringSagaEvent[]> = { hirings: [], persons: [], employments: [] };
  readonly queue: HiringSagaCommand[] = [];
  readonly announced: DomainEvent[] = [];
  readonly heard: HiringSagaEvent[] = [];
  remembered: HiringSagaEvent | undefined;
  timedOut = false;
  personKnown = false;
  state: HiringProcess | undefined;
  status: string = 'none';
  failure: string | undefined;

  /** @param foreign whether somebody has taken the id of the employment before */
  constructor(foreign: boolean) {
    this.topics.hirings.push({ type: 'HiringStarted', data: ids });
    if (foreign) this.employment = 'created';
  }

  move(move: Move): void {
    switch (move) {
      case 'command':
        return this.#send();
      case 'again':
        return this.#hearAgain();
      case 'cancel':
        return this.#cancel();
      case 'timeout':
        return this.#timeOut();
      case 'person':
        return this.#meetPerson();
      default:
        return this.#deliver(move);
    }
  }

  settle(): void {
    for (let round = 0; round < 20; round += 1) {
      for (const move of ['person', 'hirings', 'persons', 'employments', 'command'] as const) this.move(move);
    }
  }

  #cancel(): void {
    if (this.state) this.#endHiring('cancelled', { type: 'HiringCancelled', data: { hiringId: 'h', reason: 'r' } });
  }

  #timeOut(): void {
    if (!this.state || this.timedOut) return;
    this.timedOut = true;
    this.#tell({ kind: 'timeout' });
  }

  #meetPerson(): void {
    if (!this.personKnown) this.topics.persons.push({ type: 'PersonCreated', data: { personId: 'p' } });
    this.personKnown = true;
  }

  #deliver(topic: Topic): void {
    const event = this.topics[topic].shift();
    if (!event) return;
    // As the runtime does: without an instance the person is remembered, and told to the one that starts.
    if (event.type === 'PersonCreated' && !this.state) this.remembered = event;
    this.heard.push(event);
    this.#tell(told(event));
    if (event.type === 'HiringStarted' && this.remembered) this.#tell(told(this.remembered));
  }

  #hearAgain(): void {
    for (const event of this.state ? this.heard : []) expect(saga.react(this.state, told(event))).toBeUndefined();
  }

  #tell(input: SagaInput<HiringSagaEvent, HiringSagaCommand>): void {
    const reaction = saga.react(this.state, input);
    if (!reaction) return;
    this.state = reaction.state;
    this.status = reaction.status;
    this.failure = reaction.failure ?? this.failure;
    this.queue.push(...(reaction.commands ?? []));
    this.announced.push(...(reaction.announcements ?? []));
  }

  #send(): void {
    const command = this.queue.shift();
    if (!command || this.#accepts(command)) return;
    this.#tell({ kind: 'refused', command, code: this.#refusalOf(command), detail: 'refused' });
  }

  #refusalOf({ type }: HiringSagaCommand): string {
    return type === 'EndEmployment' ? 'EMPLOYMENT_TRANSITION_REFUSED' : 'REFUSED';
  }

  #accepts(command: HiringSagaCommand): boolean {
    switch (command.type) {
      case 'CreateEmployment':
        if (this.employment !== 'absent') return false;
        this.employment = 'created';
        this.topics.employments.push({ type: 'EmploymentCreated', data: employment });
        return true;
      case 'EndEmployment':
        if (this.employment !== 'created') return false;
        this.employment = 'ended';
        return true;
      case 'CompleteHiring':
        return this.#endHiring('completed', { type: 'HiringCompleted', data: { hiringId: 'h', employmentId: 'h' } });
      case 'FailHiring':
        return this.#endHiring('failed', { type: 'HiringFailed', data: { hiringId: 'h', reason: 'r' } });
    }
  }

  #endHiring(status: 'completed' | 'failed' | 'cancelled', event: HiringSagaEvent): boolean {
    if (this.hiring !== 'started') return false;
    this.hiring = status;
    this.topics.hirings.push(event);
    return true;
  }
}

test('CIM-10 CIM-39 CIM-42 T-48 T-49 T-50 T-51 T-52 in any order of arrival, with any repetition, refusal, timeout or cancellation: one end', () => {
  const ends = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...moves), { maxLength: 40 }), fc.boolean(), (script, foreign) => {
      const world = new World(foreign);
      for (const move of script) world.move(move);
      world.settle();
      ends.add(`${world.hiring} ${world.employment} ${world.status}`);

      expect(world.hiring).not.toBe('started');
      expect(world.announced).toHaveLength(world.hiring === 'completed' ? 1 : 0);
      expect(world.state?.step).toBe(world.hiring);
      const made = world.heard.some(({ type }) => type === 'EmploymentCreated');
      expect(world.employment).toBe(employmentLeft(world.hiring, { foreign, made }));
      const isForPeople = world.hiring === 'failed' || (world.hiring === 'cancelled' && made);
      expect(world.status).toBe(isForPeople ? 'failed' : 'completed');
      if (isForPeople) expect(world.failure).toBeDefined();
    }),
    { numRuns: 3_000 },
  );
  expect([...ends].sort()).toEqual([
    'cancelled absent completed',
    'cancelled created completed',
    'cancelled ended failed',
    'completed created completed',
    'failed absent failed',
    'failed created failed',
    'failed ended failed',
  ]);
});

/** What somebody else has employed is not the saga's to end; what it has made itself lasts only with its hiring. */
function employmentLeft(hiring: World['hiring'], { foreign, made }: { foreign: boolean; made: boolean }): string {
  if (foreign || hiring === 'completed') return 'created';
  return made ? 'ended' : 'absent';
}
