// Generated from schemas/**/*.avsc by `npm run generate`: do not edit.
// Every name here is stored and published for ever: a new shape is a new schema version, not a rename.

import type { DomainEvent } from '@millrace/core';

/** Sign of life: the auditor writes one per topic and waits for it. It is no event and belongs to no aggregate; consumers pass it by. */
export type Canary = DomainEvent<
  'Canary',
  {
    /** When it was written, RFC 3339 in UTC. */
    readonly writtenAt: string;
  }
>;

/** Every event of canary, in its newest version. */
export type CanaryEvent = Canary;
