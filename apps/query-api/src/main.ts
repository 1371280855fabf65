import { runService } from '@millrace/http';

import { queryApi } from './query-api.ts';

await runService(queryApi, process.env);
