import { Command } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { eventLine } from '../events/event-line.ts';
import { withStore } from '../events/with-store.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { wholeNumber } from '../whole-number.ts';
import { placesOf } from '../with-database.ts';

type Options = { readonly tenant: string; readonly from: number; readonly home?: string };

/** `millrace events stream`: one aggregate. Exit code 1 when there is none. */
export function streamCommand({ environment, print, exitWith }: CliContext): Command {
  return new Command('stream')
    .description('events of one aggregate, in order')
    .argument('<type>', 'aggregate type, for example order')
    .argument('<id>', 'aggregate id')
    .requiredOption('--tenant <name>', 'tenant of the aggregate')
    .option('--from <version>', 'first version, inclusive', wholeNumber, 1)
    .addOption(homeOption())
    .action(async (aggregateType: string, aggregateId: string, { tenant, from, home }: Options) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const stream = { tenantId: tenant, aggregateType, aggregateId };
      const events = await withStore(places, (store) => store.load(stream, { fromVersion: from }));
      if (events.length === 0) exitWith(exitCodes.failed);
      const text = events.map(eventLine).join('\n') || `no events of ${aggregateType} ${aggregateId} in ${tenant}`;
      print({ text, json: { events } });
    });
}
