/** Compares store, topics and groups without end, sends canaries, and has what is missing sent again. */
import { runService } from '@millrace/http';

import { auditorVariables, createAuditor } from './auditor.ts';

await runService({ name: 'auditor', variables: auditorVariables, create: createAuditor }, process.env);
