import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { listCommand } from './projections-list.ts';
import { pauseCommand, resumeCommand } from './projections-pause.ts';
import { rebuildCommand } from './projections-rebuild.ts';
import { seekCommand } from './projections-seek.ts';
import { compareCommand, switchCommand } from './projections-switch.ts';

/** `millrace projections`: what follows the topics. */
export function projectionsCommand(context: CliContext): Command {
  return new Command('projections')
    .description('what follows the topics')
    .addCommand(listCommand(context))
    .addCommand(pauseCommand(context))
    .addCommand(resumeCommand(context))
    .addCommand(rebuildCommand(context))
    .addCommand(compareCommand(context))
    .addCommand(switchCommand(context))
    .addCommand(seekCommand(context));
}
