import { runCli } from './cli.ts';
import { demoCommand } from './commands/demo.ts';
import { deployCommand } from './commands/deploy.ts';
import { eventsCommand } from './commands/events.ts';
import { importCommand } from './commands/import.ts';
import { projectionsCommand } from './commands/projections.ts';
import { relayCommand } from './commands/relay.ts';
import { sagasCommand } from './commands/sagas.ts';
import { schemaCommand } from './commands/schema.ts';
import { statusCommand } from './commands/status.ts';
import { tenantsCommand } from './commands/tenants.ts';
import { tokenCommand } from './commands/token.ts';
import { upCommand } from './commands/up.ts';

const commands = [
  upCommand,
  statusCommand,
  tokenCommand,
  demoCommand,
  deployCommand,
  schemaCommand,
  projectionsCommand,
  sagasCommand,
  eventsCommand,
  relayCommand,
  tenantsCommand,
  importCommand,
];

process.exitCode = await runCli(commands, process.argv.slice(2), process.env);
