export type { SagaRoutes } from './command-client.ts';
export { runSaga, type SagaDefinition } from './run-saga.ts';
export {
  listSagas,
  readSaga,
  type SagaCommandReport,
  type SagaFilter,
  type SagaReport,
  type SagaSummary,
} from './saga-reports.ts';
