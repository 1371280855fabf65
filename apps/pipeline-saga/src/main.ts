/** Consumer group `pipeline-saga`: runs the jobs of each pipeline one after the other. */
import { jobEvents, jobRoutes } from '@millrace/contracts/jobs';
import { pipelineEvents, pipelineRoutes } from '@millrace/contracts/pipelines';
import { runSaga } from '@millrace/sagas';

import { pipelineSaga } from './pipeline-saga.ts';

await runSaga(
  {
    name: pipelineSaga.name,
    createSaga: () => pipelineSaga,
    catalogues: [pipelineEvents, jobEvents],
    routes: [pipelineRoutes, jobRoutes],
  },
  process.env,
);
