import { storedEvents } from '@millrace/contracts/topology';
import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { diffCommand } from './events-diff.ts';
import { listCommand } from './events-list.ts';
import { streamCommand } from './events-stream.ts';
import { tailCommand } from './events-tail.ts';
import { upcastCommand } from './events-upcast.ts';

/** `millrace events`: what the event store holds, and what the topics carry. */
export function eventsCommand(context: CliContext): Command {
  return new Command('events')
    .description('read the event store, and follow the topics')
    .addCommand(listCommand(context))
    .addCommand(streamCommand(context))
    .addCommand(diffCommand(context))
    .addCommand(tailCommand(context, storedEvents))
    .addCommand(upcastCommand(context));
}
