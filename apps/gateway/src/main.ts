import { runService } from '@millrace/http';

import { gateway } from './gateway.ts';

await runService(gateway, process.env);
