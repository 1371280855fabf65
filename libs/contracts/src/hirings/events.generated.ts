// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

import type { DomainEvent } from '@millrace/core';

/** The hiring was called off. */
export type HiringCancelled = DomainEvent<
  'HiringCancelled',
  {
    /** The hiring; also the key of the record. */
    readonly hiringId: string;
    /** Why, in the words of whoever cancelled. */
    readonly reason: string;
  }
>;

/** The person is employed and HR has been told. */
export type HiringCompleted = DomainEvent<
  'HiringCompleted',
  {
    /** The hiring; also the key of the record. */
    readonly hiringId: string;
    /** The employment that came of it. */
    readonly employmentId: string;
  }
>;

/** The hiring came to nothing. */
export type HiringFailed = DomainEvent<
  'HiringFailed',
  {
    /** The hiring; also the key of the record. */
    readonly hiringId: string;
    /** What stood in the way. */
    readonly reason: string;
  }
>;

/** An organization wants to hire a person, who may not be known yet. */
export type HiringStarted = DomainEvent<
  'HiringStarted',
  {
    /** The hiring; also the key of the record. */
    readonly hiringId: string;
    /** Who shall be hired. */
    readonly personId: string;
    /** Who hires. */
    readonly organizationId: string;
  }
>;

/** Public: HR is told that a person was hired. The record's ce_id is the idempotency key: it is the same however often the message is sent. */
export type HrNotified = DomainEvent<
  'HrNotified',
  {
    /** The hiring; also the key of the record. */
    readonly hiringId: string;
    /** Who was hired. */
    readonly personId: string;
    /** Who hired. */
    readonly organizationId: string;
    /** The employment. */
    readonly employmentId: string;
  }
>;

/** Every event of hirings, in its newest version. */
export type HiringEvent = HiringCancelled | HiringCompleted | HiringFailed | HiringStarted;

/** Every public event of hirings, in its newest version. */
export type HiringPublicEvent = HrNotified;
