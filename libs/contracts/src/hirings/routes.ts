import type { CommandRoutes } from '../command-routes.ts';
import type { HiringCommand } from './commands.ts';

/** The hiring commands over HTTP. */
export const hiringRoutes: CommandRoutes<HiringCommand> = {
  aggregateType: 'hiring',
  plural: 'hirings',
  idField: 'hiringId',
  verbs: {
    StartHiring: 'create',
    CompleteHiring: 'complete',
    FailHiring: 'fail',
    CancelHiring: 'cancel',
  },
};
