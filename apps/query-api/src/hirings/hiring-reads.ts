import { hiringEvents, hiringRoutes } from '@millrace/contracts/hirings';
import { type HiringStatus, hiringView, type HiringViewRow } from '@millrace/hirings-read-models';
import { listHirings } from '@millrace/hirings-read-models/queries';
import type { Versioned } from '@millrace/queries';
import { Type } from 'typebox';

import { entity } from '../entity/entity-api.ts';
import { list } from '../list/list-api.ts';

const statuses: HiringStatus[] = ['started', 'completed', 'failed', 'cancelled'];

/** How far a hiring is, and its history. */
export const hiringEntity = entity({
  resource: hiringRoutes,
  catalogue: hiringEvents,
  current: { projection: hiringView, view: hiringAnswer },
});

/** Which hirings have this status? */
export const hiringList = list({
  name: 'ListHirings',
  path: '/hirings',
  plural: 'hirings',
  parameters: { status: Type.Optional(Type.Enum(statuses)) },
  projection: hiringView,
  filter: ({ status }) => ({ status }),
  read: listHirings,
  view: hiringAnswer,
});

function hiringAnswer(row: Versioned<HiringViewRow>) {
  return {
    hiringId: row.hiring_id,
    personId: row.person_id,
    organizationId: row.organization_id,
    status: row.status,
    employmentId: row.employment_id ?? undefined,
    reason: row.reason ?? undefined,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
