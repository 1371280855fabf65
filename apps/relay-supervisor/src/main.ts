/** Keeps the relay from outbox to Kafka streaming, purges what it has confirmed, and measures lag from outside. */
import { runService } from '@millrace/http';

import { createRelaySupervisor, relaySupervisorVariables } from './relay-supervisor.ts';

await runService(
  { name: 'relay-supervisor', variables: relaySupervisorVariables, create: createRelaySupervisor },
  process.env,
);
