import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { healCommand } from './outbox-heal.ts';

/** `millrace outbox`: what leaves through the outbox. */
export function outboxCommand(context: CliContext): Command {
  return new Command('outbox').description('what leaves through the outbox').addCommand(healCommand(context));
}
