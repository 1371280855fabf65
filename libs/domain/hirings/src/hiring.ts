import type { HiringCommand, HiringEvent } from '@millrace/contracts/hirings';
import { accept, type Decider, MillraceError, reject, rejectAbsent, rejectExisting, unreachable } from '@millrace/core';

/** Where a hiring stands. `absent` is the state before the first event. */
export type HiringStatus = 'absent' | 'started' | 'completed' | 'failed' | 'cancelled';

/** What the rules need to know, and no more. */
export type Hiring = { readonly status: HiringStatus };

/** Refusals of the hiring rules; clients may rely on the codes. */
export type HiringRejection = 'HIRING_NOT_FOUND' | 'HIRING_ALREADY_EXISTS' | 'HIRING_TRANSITION_REFUSED';

/**
 * The hiring:
 *
 *     absent ─start▶ started ─complete▶ completed
 *                       ├──────fail───▶ failed
 *                       └─────cancel──▶ cancelled
 *
 * Completed, failed and cancelled are final. The hiring saga completes and fails; people start and cancel.
 */
export const hiring: Decider<Hiring, HiringCommand, HiringEvent, HiringRejection> = {
  aggregateType: 'hiring',
  initialState: { status: 'absent' },
  stateVersion: 1,

  decide(command, { status }) {
    const { hiringId } = command.data;
    if (command.type === 'StartHiring') {
      if (status === 'absent') return accept({ type: 'HiringStarted', data: command.data });
      return rejectExisting('HIRING_ALREADY_EXISTS', `Hiring ${hiringId} exists already.`);
    }
    if (status === 'absent') return rejectAbsent('HIRING_NOT_FOUND', `There is no hiring ${hiringId}.`);
    if (status !== 'started') {
      return reject('HIRING_TRANSITION_REFUSED', `${command.type} is not possible: hiring ${hiringId} is ${status}.`);
    }
    switch (command.type) {
      case 'CompleteHiring':
        return accept({ type: 'HiringCompleted', data: command.data });
      case 'FailHiring':
        return accept({ type: 'HiringFailed', data: command.data });
      case 'CancelHiring':
        return accept({ type: 'HiringCancelled', data: command.data });
      default:
        return unreachable(command);
    }
  },

  evolve({ status }, event) {
    if (status === 'absent' && event.type !== 'HiringStarted') {
      throw new MillraceError('CORRUPT_STREAM', `a hiring cannot begin with ${event.type}`, {
        facts: { hiringId: event.data.hiringId },
      });
    }
    return { status: statusAfter[event.type] };
  },
};

const statusAfter: Readonly<Record<HiringEvent['type'], HiringStatus>> = {
  HiringStarted: 'started',
  HiringCompleted: 'completed',
  HiringFailed: 'failed',
  HiringCancelled: 'cancelled',
};
