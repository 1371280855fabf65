import { rowAtTime, rowAtVersion } from '@millrace/queries';

import type { QueryBus } from '../query-bus.ts';
import type { ReadSide } from '../read-side.ts';
import { type CurrentView, type EntityApi, queryNames } from './entity-api.ts';
import { entityAnswer, type GetEntity, getEntity } from './get-entity.ts';
import { type ListHistory, listHistory } from './list-history.ts';

/** What did it look like at version `version`? */
export type GetEntityAtVersion = { readonly tenantId: string; readonly id: string; readonly version: number };

/** What did it look like at the instant `at` (RFC 3339, UTC)? */
export type GetEntityAtTime = { readonly tenantId: string; readonly id: string; readonly at: string };

/** Makes the bus answer every question about one of these aggregates. */
export function registerEntityQueries(bus: QueryBus, readSide: ReadSide, api: EntityApi): void {
  const { current, ...rest } = api;
  if (current) registerCurrent(bus, readSide, { ...rest, current });
  bus.register<ListHistory>(queryNames(api).history, (query) => listHistory(readSide.database, api, query));
}

function registerCurrent(bus: QueryBus, readSide: ReadSide, api: EntityApi & { readonly current: CurrentView }): void {
  const { catalogue, current, resource } = api;
  const { database } = readSide;
  const names = queryNames(api);
  const asItWas: CurrentView = {
    ...current,
    view: (row) => (current.pastView ? current.pastView(row) : current.view(row)),
  };
  const past = (tenantId: string, id: string) => ({
    projection: current.projection,
    stream: { catalogue, aggregateType: resource.aggregateType, tenantId, id },
  });
  bus.register<GetEntity>(names.now, (query) => getEntity(readSide, api, query));
  bus.register<GetEntityAtVersion>(names.atVersion, async ({ tenantId, id, version }) => {
    const row = await rowAtVersion(database, past(tenantId, id), version);
    return row && entityAnswer(database, asItWas, row);
  });
  bus.register<GetEntityAtTime>(names.atTime, async ({ tenantId, id, at }) => {
    const row = await rowAtTime(database, past(tenantId, id), at);
    return row && entityAnswer(database, asItWas, row);
  });
}
