import type { Row } from '@millrace/core';
import { findRow, probeRow, type Queryable, type Versioned } from '@millrace/queries';

import type { Answer } from '../query-bus.ts';
import type { ReadSide } from '../read-side.ts';
import { type CurrentView, type EntityApi, queryNames } from './entity-api.ts';
import { waitForVersion } from './wait-for-version.ts';

/** What does it look like? */
export type GetEntity = {
  readonly tenantId: string;
  readonly id: string;
  /** Nothing older than this version is good enough. */
  readonly minVersion?: number | undefined;
  /** How long the read model may take to get there. */
  readonly waitMs: number;
};

export async function getEntity(
  { database, cache }: ReadSide,
  api: EntityApi & { readonly current: CurrentView },
  query: GetEntity,
): Promise<Answer | undefined> {
  const { resource, current } = api;
  const { tenantId, id, minVersion, waitMs } = query;
  const key = { tenantId, id };
  if (minVersion !== undefined) {
    const { aggregateType } = resource;
    await waitForVersion(database, { ...key, aggregateType, projection: current.projection }, { minVersion, waitMs });
  }
  const load = async () => {
    const found = await findRow(database, current.projection, key);
    if (!found || found.row.version === 0) return undefined;
    return { stamp: found.stamp, answer: await entityAnswer(database, current, found.row) };
  };
  if (current.lookUp) return (await load())?.answer;
  return cache.answer({
    key: [queryNames(api).now, tenantId, id],
    currentStamp: async () => (await probeRow(database, current.projection, key))?.stamp,
    load,
  });
}

/** A row, of now or of the past, as an answer. */
export async function entityAnswer(database: Queryable, current: CurrentView, row: Versioned<Row>): Promise<Answer> {
  const shown = { ...current.view(row), ...(await current.lookUp?.(database, row)) };
  return { body: JSON.stringify(shown), version: row.version };
}
