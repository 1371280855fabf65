import { activityAge, activityOf } from '@millrace/event-log/queries';
import { callerOf, HISTORY_ROLES, type HttpServer } from '@millrace/http';
import type { Queryable } from '@millrace/queries';
import type { Metrics } from '@millrace/telemetry';
import { Type } from 'typebox';

import { strict } from '../parameters.ts';
import type { QueryBus } from '../query-bus.ts';
import { sendList } from '../send-answer.ts';

/** How often did what happen on the last days? */
export type CountActivity = { readonly tenantId: string; readonly days: number };

const NAME = 'CountActivity';
const querystring = Type.Object({ days: Type.Integer({ minimum: 1, maximum: 366, default: 30 }) }, strict);

/** Makes the bus answer it: counts of the materialised view, and how old they are. */
export function registerActivityQuery(bus: QueryBus, database: Queryable, metrics: Metrics): void {
  bus.register<CountActivity>(NAME, async (query) => ({ body: JSON.stringify(await activityOf(database, query)) }));
  // Told here and not by who refreshes: it must grow when that process is down.
  metrics.gauge({
    name: 'millrace_materialized_view_age_seconds',
    help: 'How long ago the data was read that a materialised view shows.',
    labels: ['view'],
    collect: async (gauge) => {
      const refresh = await activityAge(database).catch(() => undefined);
      if (refresh) gauge.set({ view: 'activity' }, refresh.ageSeconds);
      else gauge.reset();
    },
  });
}

/** `GET /activity`: of the tenant of the token. */
export function activityRoute(server: HttpServer, bus: QueryBus): void {
  server.get('/activity', { config: { access: HISTORY_ROLES }, schema: { querystring } }, async (request, reply) => {
    const { tenantId } = callerOf(request);
    return sendList(reply, await bus.ask(NAME, { tenantId, ...request.query }));
  });
}
