import { userInfo } from 'node:os';

import { setPaused } from '@millrace/consumer';
import { consumerGroups } from '@millrace/contracts/topology';
import { Argument, Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf, withDatabase } from '../with-database.ts';

/** `millrace projections pause`: a group takes no more batches, until `resume`. */
export function pauseCommand(context: CliContext): Command {
  return command(context, {
    name: 'pause',
    paused: true,
    description: 'let a group take no more batches; it is kept over restarts',
  });
}

/** `millrace projections resume`: a group goes on where it stood. */
export function resumeCommand(context: CliContext): Command {
  return command(context, { name: 'resume', paused: false, description: 'let a paused group go on where it stands' });
}

type Verb = { readonly name: string; readonly paused: boolean; readonly description: string };

function command({ environment, print }: CliContext, { name, paused, description }: Verb): Command {
  const groups = consumerGroups.map(({ group }) => group);
  return new Command(name)
    .description(description)
    .addArgument(new Argument('<group>', 'projection, publisher or saga').choices(groups))
    .addOption(homeOption())
    .action(async (group: string, { home }: { home?: string }) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const by = userInfo().username;
      const changed = await withDatabase(places, (database) => setPaused(database, group, { paused, by }));
      const state = paused ? 'paused' : 'running';
      const text = changed ? `${group}  is ${state} within 2 s` : `${group}  was ${state} already`;
      print({ text, json: { group, paused, changed } });
    });
}
