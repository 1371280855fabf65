import { seekToBeginning } from '@millrace/consumer';
import { projections as fleet } from '@millrace/fleet';
import { Argument, Command, Option } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf, withDatabase } from '../with-database.ts';

type Options = { readonly to: string; readonly home?: string };

/** `millrace projections seek`: sets the positions of a projection back, while it runs or not. */
export function seekCommand({ environment, print }: CliContext): Command {
  return new Command('seek')
    .description('let a projection read its topics again; what it has applied stays, and is not applied twice')
    .addArgument(new Argument('<name>', 'name of the projection').choices(fleet.map(({ name }) => name)))
    .addOption(new Option('--to <position>', 'where to go on').choices(['beginning']).makeOptionMandatory())
    .addOption(homeOption())
    .action(async (name: string, { to, home }: Options) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const positions = await withDatabase(places, (database) => seekToBeginning(database, name));
      const text = `${name}  goes on at the beginning; ${positions} position(s) given up`;
      print({ text, json: { projection: name, to, positions } });
    });
}
