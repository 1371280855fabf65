import { type ChosenSequence, type DeadLetter, formatDeadLetterId } from '@millrace/consumer';

/** A parked event on one line. */
export function deadLetterLine(letter: DeadLetter): string {
  const { id, tenantId, aggregateType, aggregateId, sequenceNumber, eventType, behind } = letter;
  const which = `${tenantId || '?'}  ${aggregateType || '?'} ${aggregateId || '?'}  ${sequenceNumber || '?'} ${eventType || '?'}`;
  return `${id}  ${which}  ${behind === 0 ? errorOf(letter) : `waits behind ${behind}`}`;
}

/** Why it is parked, and how often it was tried. */
export function errorOf({ errorCode, errorDetail, attempts, parkedAt, retryRequestedAt }: DeadLetter): string {
  const tried = attempts > 0 ? `, tried ${attempts} times` : '';
  const asked = retryRequestedAt ? ', retry asked for' : '';
  return `${errorCode}: ${errorDetail} (since ${parkedAt}${tried}${asked})`;
}

/** Events of one aggregate that something is done about. */
export function sequenceLine(sequence: ChosenSequence): string {
  const { tenantId, aggregateType, aggregateId, offsets } = sequence;
  const first = formatDeadLetterId({ ...sequence, offset: offsets[0] ?? 0 });
  const more = offsets.length > 1 ? ` and ${offsets.length - 1} after it` : '';
  return `${tenantId || '?'}  ${aggregateType || '?'} ${aggregateId || '?'}  ${first}${more}`;
}

/** Number of events of all sequences. */
export function eventsOf(sequences: readonly ChosenSequence[]): number {
  return sequences.reduce((sum, { offsets }) => sum + offsets.length, 0);
}
