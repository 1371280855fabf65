import type { EmploymentCommand, EmploymentEvent } from '@millrace/contracts/employments';
import { accept, type Decider, MillraceError, reject, rejectAbsent, rejectExisting, unreachable } from '@millrace/core';

/** Who works where, and whether still. `absent` is the state before the first event. */
export type Employment =
  | { readonly status: 'absent' }
  | { readonly status: 'created' | 'ended'; readonly personId: string; readonly organizationId: string };

/** Where an employment stands. */
export type EmploymentStatus = Employment['status'];

/** Refusals of the employment rules; clients may rely on the codes. */
export type EmploymentRejection =
  'EMPLOYMENT_NOT_FOUND' | 'EMPLOYMENT_ALREADY_EXISTS' | 'EMPLOYMENT_TRANSITION_REFUSED';

/**
 * The employment:
 *
 *     absent ─create▶ created ─end▶ ended
 *
 * Ended is final. Whether person and organization are known is not asked: they are aggregates of their own, and a hiring
 * is the process that brings them together.
 */
export const employment: Decider<Employment, EmploymentCommand, EmploymentEvent, EmploymentRejection> = {
  aggregateType: 'employment',
  initialState: { status: 'absent' },
  stateVersion: 1,

  decide(command, state) {
    const { employmentId } = command.data;
    switch (command.type) {
      case 'CreateEmployment':
        if (state.status === 'absent') return accept({ type: 'EmploymentCreated', data: command.data });
        return rejectExisting('EMPLOYMENT_ALREADY_EXISTS', `Employment ${employmentId} exists already.`);
      case 'EndEmployment': {
        if (state.status === 'absent') {
          return rejectAbsent('EMPLOYMENT_NOT_FOUND', `There is no employment ${employmentId}.`);
        }
        const { status, personId, organizationId } = state;
        if (status === 'created') {
          // Told in full, so that whoever keeps persons needs no earlier event to know whose employment this was.
          return accept({ type: 'EmploymentEnded', data: { ...command.data, personId, organizationId } });
        }
        return reject('EMPLOYMENT_TRANSITION_REFUSED', `EndEmployment is not possible: ${employmentId} is ${status}.`);
      }
      default:
        return unreachable(command);
    }
  },

  evolve({ status }, { type, data }) {
    const { employmentId, personId, organizationId } = data;
    if (status === 'absent' && type !== 'EmploymentCreated') {
      throw new MillraceError('CORRUPT_STREAM', `an employment cannot begin with ${type}`, { facts: { employmentId } });
    }
    return { status: type === 'EmploymentCreated' ? 'created' : 'ended', personId, organizationId };
  },
};
