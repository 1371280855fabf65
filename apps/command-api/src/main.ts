import { runService } from '@millrace/http';

import { commandApi } from './command-api.ts';

await runService(commandApi, process.env);
