import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { listCommand } from './projections-list.ts';
import { rebuildCommand } from './projections-rebuild.ts';
import { seekCommand } from './projections-seek.ts';

/** `millrace projections`: what follows the topics. */
export function projectionsCommand(context: CliContext): Command {
  return new Command('projections')
    .description('what follows the topics')
    .addCommand(listCommand(context))
    .addCommand(rebuildCommand(context))
    .addCommand(seekCommand(context));
}
