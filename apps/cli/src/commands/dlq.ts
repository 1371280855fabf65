import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { discardCommand } from './dlq-discard.ts';
import { editCommand } from './dlq-edit.ts';
import { listCommand } from './dlq-list.ts';
import { retryCommand } from './dlq-retry.ts';
import { showCommand } from './dlq-show.ts';

/** `millrace dlq`: events that consumer groups could not handle. */
export function dlqCommand(context: CliContext): Command {
  return new Command('dlq')
    .description('dead letters: events that consumer groups could not handle')
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(retryCommand(context))
    .addCommand(discardCommand(context))
    .addCommand(editCommand(context));
}
