/**
 * A database that is put back under members that run: they find their positions where they were, and would read again what
 * the store does not have any more, tell outsiders of it once more and begin processes about it. Until a recovery has ended
 * the old timeline, nobody can tell such events from others.
 *
 *     position moved before this member moved it last ──▶ wait ──epoch has grown──▶ go on
 *
 * What tells is the end of the WAL, noted with each position. An operator who sets a position back does so later.
 */
import { MillraceError } from '@millrace/core';
import type { TopicPartition } from '@millrace/kafka';

import type { Moved } from './position.ts';

/**
 * Compares a stored position with the last one that this member stored.
 * @throws MillraceError `STORE_WENT_BACK`, for as long as no recovery has ended the timeline
 */
export function checkTimeline(
  { topic, partition }: TopicPartition,
  { stored, remembered }: { readonly stored: Moved; readonly remembered: Moved | undefined },
): void {
  if (!remembered || stored.epoch > remembered.epoch) return;
  if (stored.lsn >= remembered.lsn) return;
  const message =
    `the position of ${topic}/${partition} is older than what this member has stored: the database was put back. ` +
    'Nothing is read until `npx millrace recover` has run.';
  throw new MillraceError('STORE_WENT_BACK', message, { facts: { topic, partition } });
}
