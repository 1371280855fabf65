import { runCli } from './cli.ts';
import { commands } from './commands/every-command.ts';

process.exitCode = await runCli(commands, process.argv.slice(2), process.env);
