/** Consumer group `hiring-saga`: leads each hiring to its employment and to HR. */
import { employmentEvents, employmentRoutes } from '@millrace/contracts/employments';
import { hiringEvents, hiringPublicEvents, hiringRoutes } from '@millrace/contracts/hirings';
import { personEvents } from '@millrace/contracts/persons';
import { runSaga } from '@millrace/sagas';

import { hiringSaga } from './hiring-saga.ts';

await runSaga(
  {
    name: 'hiring-saga',
    variables: ['HIRING_TIMEOUT_HOURS'],
    createSaga: ({ HIRING_TIMEOUT_HOURS: hours }) => hiringSaga({ timeoutMs: hours * 3_600_000 }),
    catalogues: [hiringEvents, personEvents, employmentEvents],
    publicCatalogue: hiringPublicEvents,
    routes: [hiringRoutes, employmentRoutes],
  },
  process.env,
);
