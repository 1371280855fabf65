import { describe, expect, test } from '@jest/globals';
import type { RecordedEvent, SagaInput } from '@millrace/core';
import { givenSaga, told } from '@millrace/core/testing';

import { hiringSaga, type HiringSagaCommand, type HiringSagaEvent } from './hiring-saga.ts';

type Input = SagaInput<HiringSagaEvent, HiringSagaCommand>;

const timeoutMs = 1_000;
const saga = hiringSaga({ timeoutMs });
const given = givenSaga(saga);
const employment = { employmentId: 'h-1', personId: 'p-1', organizationId: 'o-1' };
const tell = (event: HiringSagaEvent): Input => told(event);

const hiringStarted = tell({
  type: 'HiringStarted',
  data: { hiringId: 'h-1', personId: 'p-1', organizationId: 'o-1' },
});
const personCreated = tell({ type: 'PersonCreated', data: { personId: 'p-1' } });
const employmentCreated = tell({ type: 'EmploymentCreated', data: employment });
const hiringCompleted = tell({ type: 'HiringCompleted', data: { hiringId: 'h-1', employmentId: 'h-1' } });
const hiringCancelled = tell({ type: 'HiringCancelled', data: { hiringId: 'h-1', reason: 'no budget' } });
const hiringFailed = tell({ type: 'HiringFailed', data: { hiringId: 'h-1', reason: 'by hand' } });
const timeout: Input = { kind: 'timeout' };
const refused = (type: HiringSagaCommand['type'], code: string): Input => ({
  kind: 'refused',
  command: { type, data: {} } as HiringSagaCommand,
  code,
  detail: 'so it is',
});

const createEmployment = { type: 'CreateEmployment', data: employment };
const completeHiring = { type: 'CompleteHiring', data: { hiringId: 'h-1', employmentId: 'h-1' } };
const endEmployment = expect.objectContaining({
  type: 'EndEmployment',
  data: { employmentId: 'h-1', reason: expect.any(String) },
});
const failHiring = expect.objectContaining({ type: 'FailHiring' });
const hrNotified = {
  type: 'HrNotified',
  data: { hiringId: 'h-1', personId: 'p-1', organizationId: 'o-1', employmentId: 'h-1' },
};

describe('hiring saga', () => {
  test('CIM-39 T-49 starts with the hiring, knows person and organization, and waits', () => {
    given()
      .when(hiringStarted)
      .then({
        status: 'running',
        timeoutMs,
        state: { step: 'started', personId: 'p-1', organizationId: 'o-1' },
      });
    const { event } = hiringStarted as { event: RecordedEvent<Extract<HiringSagaEvent, { type: 'HiringStarted' }>> };
    expect(saga.correlate.HiringStarted(event)).toEqual({ starts: 'h-1', keys: ['hiring:h-1', 'person:p-1'] });
  });

  test('T-49 T-50 remembers of a person nothing but the id', () => {
    const named = told({
      type: 'PersonCreated' as const,
      data: { personId: 'p-1', legalName: { givenName: 'Ada' } },
    }).event;
    expect(saga.correlate.PersonCreated(named)).toEqual({ key: 'person:p-1', remember: { personId: 'p-1' } });
  });

  test('CIM-40 asks for the employment when the person is known', () => {
    given(hiringStarted)
      .when(personCreated)
      .then({
        status: 'running',
        state: { step: 'person-created' },
        commands: [createEmployment] as HiringSagaCommand[],
        keys: ['employment:h-1'],
      });
  });

  test('CIM-41 CIM-9 completes the hiring when the employment exists', () => {
    given(hiringStarted, personCreated)
      .when(employmentCreated)
      .then({ status: 'running', commands: [completeHiring] as HiringSagaCommand[] });
  });

  test('CIM-10 CIM-41 T-52 tells HR when the hiring is completed, and never again', () => {
    const history = [hiringStarted, personCreated, employmentCreated];
    given(...history)
      .when(hiringCompleted)
      .then({
        status: 'completed',
        state: { step: 'completed' },
        announcements: [hrNotified as never],
        timeoutMs: null,
      });
    given(...history, hiringCompleted)
      .when(hiringCompleted)
      .thenNothing();
  });

  test('CIM-9 an employment of somebody else under the id is none', () => {
    const foreign = tell({ type: 'EmploymentCreated', data: { ...employment, personId: 'p-2' } });
    given(hiringStarted, personCreated).when(foreign).thenNothing();
  });

  describe('T-51 when something goes wrong', () => {
    test('a refused employment fails the hiring, and says why', () => {
      const refusal = refused('CreateEmployment', 'EMPLOYMENT_ALREADY_EXISTS');
      given(hiringStarted, personCreated)
        .when(refusal)
        .then({
          status: 'failed',
          failure: 'CreateEmployment was refused: EMPLOYMENT_ALREADY_EXISTS: so it is',
          commands: [
            {
              type: 'FailHiring',
              data: { hiringId: 'h-1', reason: 'CreateEmployment was refused: EMPLOYMENT_ALREADY_EXISTS' },
            } as HiringSagaCommand,
          ],
          timeoutMs: null,
        });
      given(hiringStarted, personCreated, refusal)
        .when(hiringFailed)
        .then({ status: 'failed', state: { step: 'failed' } });
    });

    test('a hiring that is cancelled before its employment ends without a word to HR', () => {
      for (const history of [[hiringStarted], [hiringStarted, personCreated]]) {
        given(...history)
          .when(hiringCancelled)
          .then({ status: 'completed', state: { step: 'cancelled' }, timeoutMs: null });
      }
      given(hiringStarted, hiringCancelled).when(personCreated).thenNothing();
    });

    test('an employment that comes after the cancellation is ended again', () => {
      given(hiringStarted, personCreated, hiringCancelled)
        .when(employmentCreated)
        .then({ status: 'failed', commands: [endEmployment as never] });
    });

    test('a cancellation after the employment ends it again, whether the refusal or the event comes first', () => {
      const history = [hiringStarted, personCreated, employmentCreated];
      const refusal = refused('CompleteHiring', 'HIRING_TRANSITION_REFUSED');
      given(...history)
        .when(hiringCancelled)
        .then({ status: 'failed', commands: [endEmployment as never] });
      given(...history, hiringCancelled)
        .when(refusal)
        .thenNothing();
      given(...history)
        .when(refusal)
        .then({ status: 'failed', failure: expect.stringContaining('HIRING_TRANSITION_REFUSED') as never });
      given(...history, refusal)
        .when(hiringCancelled)
        .then({ status: 'failed', state: { step: 'cancelled' }, commands: [endEmployment as never] });
    });

    test('a timeout fails the hiring; an employment that comes late is ended again', () => {
      given(hiringStarted)
        .when(timeout)
        .then({
          status: 'failed',
          failure: 'the hiring timed out in step started',
          commands: [failHiring as never],
          timeoutMs: null,
        });
      given(hiringStarted, timeout).when(personCreated).thenNothing();
      const late = [hiringStarted, personCreated, timeout];
      given(...late, employmentCreated)
        .when(hiringFailed)
        .then({ status: 'failed', commands: [endEmployment as never] });
      given(...late, hiringFailed)
        .when(employmentCreated)
        .then({ status: 'failed', commands: [endEmployment as never] });
    });

    test('a hiring that completes while it times out is completed, and HR is told', () => {
      given(hiringStarted, personCreated, employmentCreated, timeout)
        .when(hiringCompleted)
        .then({ status: 'completed', announcements: [hrNotified as never] });
      given(hiringStarted, personCreated, employmentCreated, timeout, hiringCompleted)
        .when(refused('FailHiring', 'HIRING_TRANSITION_REFUSED'))
        .thenNothing();
    });

    test('a hiring that is failed by hand ends with its reason', () => {
      given(hiringStarted).when(hiringFailed).then({ status: 'failed', failure: 'the hiring failed: by hand' });
    });

    test('a compensation that is refused stays visible, unless somebody else has ended the employment', () => {
      const history = [hiringStarted, personCreated, employmentCreated, hiringCancelled];
      given(...history)
        .when(refused('EndEmployment', 'EMPLOYMENT_TRANSITION_REFUSED'))
        .thenNothing();
      given(...history)
        .when(refused('EndEmployment', 'TENANT_DELETED'))
        .then({ status: 'failed', failure: 'EndEmployment was refused: TENANT_DELETED: so it is' });
      given(hiringStarted, timeout)
        .when(refused('FailHiring', 'TENANT_DELETED'))
        .then({ status: 'failed', failure: 'FailHiring was refused: TENANT_DELETED: so it is' });
    });
  });

  describe('CIM-42 any other pair of state and input changes nothing', () => {
    const all: [string, Input[], Input[]][] = [
      ['no instance', [], [personCreated, employmentCreated, hiringCompleted, hiringCancelled, hiringFailed, timeout]],
      ['started', [hiringStarted], [hiringStarted]],
      ['person-created', [hiringStarted, personCreated], [hiringStarted, personCreated]],
      [
        'employment-created',
        [hiringStarted, personCreated, employmentCreated],
        [hiringStarted, personCreated, employmentCreated, refused('CreateEmployment', 'EMPLOYMENT_ALREADY_EXISTS')],
      ],
      [
        'ending',
        [hiringStarted, timeout],
        [hiringStarted, personCreated, timeout, refused('CompleteHiring', 'X'), refused('CreateEmployment', 'X')],
      ],
      ...[hiringCompleted, hiringCancelled, hiringFailed].map((end): [string, Input[], Input[]] => [
        end.kind === 'event' ? end.event.type : '',
        [hiringStarted, personCreated, employmentCreated, end],
        [
          hiringStarted,
          personCreated,
          employmentCreated,
          hiringCompleted,
          hiringCancelled,
          hiringFailed,
          timeout,
          refused('CompleteHiring', 'X'),
          refused('FailHiring', 'X'),
        ],
      ]),
      ['completed without an employment', [hiringStarted, hiringCompleted], [personCreated, employmentCreated]],
    ];
    test.each(all)('%s', (_, history, inputs) => {
      for (const input of inputs) {
        given(...history)
          .when(input)
          .thenNothing();
      }
    });
  });
});
