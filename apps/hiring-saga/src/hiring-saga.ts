import { type EmploymentCommand, EMPLOYMENTS_TOPIC } from '@millrace/contracts/employments';
import {
  type HiringCommand,
  type HiringEvent,
  type HiringId,
  type HiringPublicEvent,
  HIRINGS_TOPIC,
} from '@millrace/contracts/hirings';
import { PERSONS_TOPIC } from '@millrace/contracts/persons';
import type { DomainEvent, Saga, SagaInput, SagaReaction } from '@millrace/core';

/** Where a hiring's process stands; the names of the first three are those of the seeds. */
export type HiringStep =
  'started' | 'person-created' | 'employment-created' | 'ending' | 'completed' | 'cancelled' | 'failed';

/** What the process remembers. */
export type HiringProcess = {
  readonly step: HiringStep;
  readonly hiringId: string;
  readonly personId: string;
  readonly organizationId: string;
  /** Whether the employment that it has asked for is known to be there. */
  readonly employed: boolean;
};

/** What it needs of a person: no name, no birthday. */
type PersonKnown = DomainEvent<'PersonCreated', { readonly personId: string }>;
type EmploymentKnown = DomainEvent<
  'EmploymentCreated',
  { readonly employmentId: string; readonly personId: string; readonly organizationId: string }
>;

/** Every event that matters to a hiring's process. */
export type HiringSagaEvent = HiringEvent | PersonKnown | EmploymentKnown;
/** Everything that it asks for. */
export type HiringSagaCommand =
  | Extract<HiringCommand, { type: 'CompleteHiring' | 'FailHiring' }>
  | Extract<EmploymentCommand, { type: 'CreateEmployment' | 'EndEmployment' }>;

type Input = SagaInput<HiringSagaEvent, HiringSagaCommand>;
type Refusal = Extract<Input, { kind: 'refused' }>;
type Reaction = SagaReaction<HiringProcess, HiringSagaCommand, HiringPublicEvent>;

/**
 * From the start of a hiring to the employment and the message to HR:
 *
 *     started ─PersonCreated▶ person-created ─EmploymentCreated▶ employment-created ─HiringCompleted▶ completed
 *                  │ CreateEmployment                │ CompleteHiring                        │ HrNotified
 *
 *     started, person-created, employment-created: ─timeout or refusal▶ ending ─HiringFailed▶ failed
 *     all of these: ─HiringCancelled▶ cancelled, ─HiringFailed▶ failed
 *
 * The hiring itself decides how it ends: the saga asks it to complete or to fail and believes its event. The employment
 * of a hiring that ends without success is ended again as soon as both are known, and HR hears nothing. Any other pair of
 * step and input changes nothing.
 * @param timeoutMs after which a hiring is failed
 */
export function hiringSaga({
  timeoutMs,
}: {
  readonly timeoutMs: number;
}): Saga<HiringSagaEvent, HiringProcess, HiringSagaCommand, HiringPublicEvent> {
  const ofHiring = ({ data }: { readonly data: { readonly hiringId: string } }) => ({ key: `hiring:${data.hiringId}` });
  return {
    name: 'hiring-saga',
    topics: [HIRINGS_TOPIC, PERSONS_TOPIC, EMPLOYMENTS_TOPIC],
    correlate: {
      HiringStarted: ({ data }) => ({
        starts: data.hiringId,
        keys: [`hiring:${data.hiringId}`, `person:${data.personId}`],
      }),
      HiringCompleted: ofHiring,
      HiringFailed: ofHiring,
      HiringCancelled: ofHiring,
      PersonCreated: ({ data: { personId } }) => ({ key: `person:${personId}`, remember: { personId } }),
      // Caused by a command of the saga itself, so it never comes before the key is known.
      EmploymentCreated: ({ data }) => ({ key: `employment:${data.employmentId}` }),
    },
    react(state, input) {
      if (input.kind === 'timeout') return state && expire(state);
      if (input.kind === 'refused') return state && hearRefusal(state, input);
      if (input.event.type !== 'HiringStarted') return state && advance(state, input.event);
      if (state) return undefined;
      return { state: { step: 'started', ...input.event.data, employed: false }, status: 'running', timeoutMs };
    },
  };
}

function advance(
  state: HiringProcess,
  event: Exclude<HiringSagaEvent, { type: 'HiringStarted' }>,
): Reaction | undefined {
  if (event.type === 'EmploymentCreated') return isWanted(state, event.data) ? employed(state) : undefined;
  if (isOver(state)) return undefined;
  switch (event.type) {
    case 'PersonCreated':
      return state.step === 'started' ? employ(state) : undefined;
    case 'HiringCompleted':
      return notifyHr(state, event.data.employmentId);
    case 'HiringCancelled':
      return cancel(state, event.data.reason);
    case 'HiringFailed':
      return fail(state, event.data.reason);
  }
}

/** The employment has the id of its hiring: one hiring can make no two. */
function employ(state: HiringProcess): Reaction {
  const { hiringId: employmentId, personId, organizationId } = state;
  return {
    state: { ...state, step: 'person-created' },
    status: 'running',
    commands: [{ type: 'CreateEmployment', data: { employmentId, personId, organizationId } as EmploymentData }],
    keys: [`employment:${employmentId}`],
  };
}

/** Somebody else may have taken the id for another employment: then `CreateEmployment` is refused. */
function isWanted({ personId, organizationId, employed }: HiringProcess, data: EmploymentKnown['data']): boolean {
  return !employed && data.personId === personId && data.organizationId === organizationId;
}

function employed(state: HiringProcess): Reaction | undefined {
  const { hiringId } = state;
  const after = { ...state, employed: true };
  switch (state.step) {
    case 'person-created':
      return {
        state: { ...after, step: 'employment-created' },
        status: 'running',
        commands: [{ type: 'CompleteHiring', data: { hiringId, employmentId: hiringId } as CompletionData }],
      };
    case 'ending':
      return { state: after, status: 'failed' };
    case 'cancelled':
    case 'failed':
      return { state: after, status: 'failed', failure: takenBack(state), commands: takeBack(after) };
    default:
      return undefined;
  }
}

function notifyHr(state: HiringProcess, employmentId: string): Reaction {
  const { hiringId, personId, organizationId } = state;
  return {
    state: { ...state, step: 'completed' },
    status: 'completed',
    announcements: [{ type: 'HrNotified', data: { hiringId, personId, organizationId, employmentId } }],
    timeoutMs: null,
  };
}

/** Somebody decided so: nothing to look at, unless an employment has to be taken back. */
function cancel(state: HiringProcess, reason: string): Reaction {
  const after = { ...state, step: 'cancelled' } as const;
  if (!state.employed) return { state: after, status: 'completed', timeoutMs: null };
  const failure = `${takenBack(after)}: ${reason}`;
  return { state: after, status: 'failed', failure, commands: takeBack(after), timeoutMs: null };
}

function fail(state: HiringProcess, reason: string): Reaction {
  const after = { ...state, step: 'failed' } as const;
  // When the saga has failed it itself, it has said why.
  const said = state.step === 'ending' ? {} : { failure: `the hiring failed: ${reason}` };
  return { state: after, status: 'failed', ...said, commands: takeBack(after), timeoutMs: null };
}

function takeBack(state: HiringProcess): readonly HiringSagaCommand[] {
  if (!state.employed) return [];
  const data = { employmentId: state.hiringId, reason: `hiring ${state.hiringId} ended as ${state.step}` };
  return [{ type: 'EndEmployment', data: data as EndData }];
}

function takenBack({ step }: HiringProcess): string {
  return `the hiring ended as ${step}, and its employment is ended again`;
}

function expire(state: HiringProcess): Reaction | undefined {
  if (isOver(state) || state.step === 'ending') return undefined;
  return end(state, `the hiring timed out in step ${state.step}`);
}

function hearRefusal(state: HiringProcess, { command, code, detail }: Refusal): Reaction | undefined {
  const failure = `${command.type} was refused: ${code}: ${detail}`;
  switch (command.type) {
    case 'CreateEmployment':
      if (state.step !== 'person-created') return undefined;
      return end(state, failure, `${command.type} was refused: ${code}`);
    case 'CompleteHiring':
      // The hiring has ended otherwise, and its event tells how; or it cannot be reached, and a person must look.
      if (state.step !== 'employment-created') return undefined;
      return { state: { ...state, step: 'ending' }, status: 'failed', failure, timeoutMs: null };
    case 'FailHiring':
      return isOver(state) ? undefined : { state, status: 'failed', failure };
    case 'EndEmployment':
      // Ended by somebody else: as it should be.
      if (code === 'EMPLOYMENT_TRANSITION_REFUSED') return undefined;
      return { state, status: 'failed', failure };
  }
}

function end(state: HiringProcess, failure: string, reason = failure): Reaction {
  return {
    state: { ...state, step: 'ending' },
    status: 'failed',
    failure,
    commands: [{ type: 'FailHiring', data: { hiringId: state.hiringId as HiringId, reason } }],
    timeoutMs: null,
  };
}

function isOver({ step }: HiringProcess): boolean {
  return step === 'completed' || step === 'cancelled' || step === 'failed';
}

// Events carry plain ids; commands want them branded.
type DataOf<Type extends HiringSagaCommand['type']> = Extract<HiringSagaCommand, { type: Type }>['data'];
type EmploymentData = DataOf<'CreateEmployment'>;
type CompletionData = DataOf<'CompleteHiring'>;
type EndData = DataOf<'EndEmployment'>;
