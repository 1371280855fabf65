import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { eventLine } from '../events/event-line.ts';
import { instant } from '../events/event-options.ts';
import { withStore } from '../events/with-store.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { wholeNumber } from '../whole-number.ts';
import { placesOf } from '../with-database.ts';

type Options = { readonly after?: string; readonly since?: string; readonly limit: number; readonly home?: string };

/** `millrace events list`: pages of the whole store. `--since` leaves out; what goes on is the cursor, which no tie confuses. */
export function listCommand({ environment, print }: CliContext): Command {
  return new Command('list')
    .description('events of the whole store, in an order that never changes; go on with --after')
    .option('--after <cursor>', 'cursor of the page before')
    .option('--since <time>', 'only events that occurred then or later', instant)
    .option('--limit <number>', 'how many', wholeNumber, 100)
    .addOption(homeOption())
    .action(async ({ home, ...page }: Options) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const { events, cursor: next } = await withStore(places, (store) => store.readAll(page));
      const cursor = next && events.length > 0 ? `\n--after ${next}` : '';
      print({ text: `${events.map(eventLine).join('\n')}${cursor}`, json: { events, next } });
    });
}
