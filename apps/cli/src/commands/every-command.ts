import type { CommandFactory } from '../cli.ts';
import { backupCommand } from './backup.ts';
import { demoCommand } from './demo.ts';
import { deployCommand } from './deploy.ts';
import { dlqCommand } from './dlq.ts';
import { eventsCommand } from './events.ts';
import { importCommand } from './import.ts';
import { outboxCommand } from './outbox.ts';
import { projectionsCommand } from './projections.ts';
import { recoverCommand } from './recover.ts';
import { relayCommand } from './relay.ts';
import { sagasCommand } from './sagas.ts';
import { schemaCommand } from './schema.ts';
import { statusCommand } from './status.ts';
import { tenantsCommand } from './tenants.ts';
import { tokenCommand } from './token.ts';
import { upCommand } from './up.ts';
import { verifyCommand } from './verify.ts';

/** Every command of the CLI, in the order of its help. */
export const commands: readonly CommandFactory[] = [
  upCommand,
  statusCommand,
  tokenCommand,
  demoCommand,
  deployCommand,
  schemaCommand,
  projectionsCommand,
  sagasCommand,
  dlqCommand,
  eventsCommand,
  relayCommand,
  outboxCommand,
  verifyCommand,
  tenantsCommand,
  importCommand,
  backupCommand,
  recoverCommand,
];
