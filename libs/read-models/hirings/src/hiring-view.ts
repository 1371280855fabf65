import { type HiringEvent, HIRINGS_TOPIC } from '@millrace/contracts/hirings';
import { MillraceError, type Projection, type RecordedEvent } from '@millrace/core';

/** Where a hiring stands, as its read model tells it. */
export type HiringStatus = 'started' | 'completed' | 'failed' | 'cancelled';

type HiringKey = { readonly tenant_id: string; readonly hiring_id: string };

/** One hiring: table `hiring_view`. */
export type HiringViewRow = HiringKey & {
  readonly person_id: string;
  readonly organization_id: string;
  readonly status: HiringStatus;
  /** What came of it, once completed. */
  readonly employment_id: string | null;
  /** Why it failed or was cancelled. */
  readonly reason: string | null;
  readonly created_at: string;
  readonly ended_at: string | null;
  readonly updated_at: string;
};

/** Answers: how far is this hiring, and which have this status? */
export const hiringView: Projection<HiringEvent, HiringViewRow> = {
  name: 'hiring-view-projection',
  table: 'hiring_view',
  topics: [HIRINGS_TOPIC],
  keyColumns: ['tenant_id', 'hiring_id'],
  rowPer: 'aggregate',
  key: hiringKey,
  handlers: {
    HiringStarted: (_row, event) => ({
      ...hiringKey(event),
      person_id: event.data.personId,
      organization_id: event.data.organizationId,
      status: 'started',
      employment_id: null,
      reason: null,
      created_at: event.occurredAt,
      ended_at: null,
      updated_at: event.occurredAt,
    }),
    HiringCompleted: (row, event) =>
      finished(row, event, { status: 'completed', employment_id: event.data.employmentId }),
    HiringFailed: (row, event) => finished(row, event, { status: 'failed', reason: event.data.reason }),
    HiringCancelled: (row, event) => finished(row, event, { status: 'cancelled', reason: event.data.reason }),
  },
};

function hiringKey({ tenantId, aggregateId }: RecordedEvent<HiringEvent>): HiringKey {
  return { tenant_id: tenantId, hiring_id: aggregateId };
}

/** @throws MillraceError `CORRUPT_STREAM` when no HiringStarted came before */
function finished(
  row: HiringViewRow | undefined,
  { type, aggregateId, occurredAt }: RecordedEvent<HiringEvent>,
  changes: Partial<HiringViewRow>,
): HiringViewRow {
  if (!row) {
    throw new MillraceError('CORRUPT_STREAM', `${type} of hiring ${aggregateId} has no HiringStarted before it`);
  }
  return { ...row, ...changes, ended_at: occurredAt, updated_at: occurredAt };
}
