import { areEqual, compareBeside, switchBeside } from '@millrace/consumer';
import { Command } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { comparisonLines } from '../projections/comparison-lines.ts';
import { projectionArgument, withFleet } from '../projections/with-fleet.ts';
import { placesOf } from '../with-database.ts';

type SwitchOptions = { readonly back?: boolean; readonly home?: string };
type CompareOptions = { readonly previous?: boolean; readonly home?: string };

/** `millrace projections switch`: another table of a read model takes the name that is read. */
export function switchCommand({ environment, print }: CliContext): Command {
  return new Command('switch')
    .description('read the table that a rebuild has made from now on; the one before it is kept')
    .addArgument(projectionArgument())
    .option('--back', 'instead: read the table before the last switch again, after it has caught up')
    .addOption(homeOption())
    .action(async (name: string, { back, home }: SwitchOptions) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const side = back ? 'previous' : 'next';
      await withFleet(places, (partsOf) => switchBeside(partsOf(name), side));
      const text = `${name}  the ${side} table is read now; the table before it is kept`;
      print({ text, json: { projection: name, switchedTo: side } });
    });
}

/** `millrace projections compare`: a table beside the live one, at the same place. Exit code 1 unless they are equal. */
export function compareCommand({ environment, print, exitWith }: CliContext): Command {
  return new Command('compare')
    .description('compare the table that a rebuild has made with the live one, row by row, at the same place')
    .addArgument(projectionArgument())
    .option('--previous', 'instead: the table before the last switch')
    .addOption(homeOption())
    .action(async (name: string, { previous, home }: CompareOptions) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const side = previous ? 'previous' : 'next';
      const comparison = await withFleet(places, (partsOf) => compareBeside(partsOf(name), { side }));
      const equal = areEqual(comparison);
      if (!equal) exitWith(exitCodes.failed);
      const verdict = equal ? '✔ they agree' : '✖ they differ';
      print({
        text: [name, ...comparisonLines(comparison), verdict].join('\n'),
        json: { agree: equal, ...comparison },
      });
    });
}
