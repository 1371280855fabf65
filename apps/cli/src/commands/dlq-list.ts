import { listDeadLetters } from '@millrace/consumer';
import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { deadLetterLine } from '../dead-letters/describe.ts';
import { filterOf, type SelectionOptions, withSelection } from '../dead-letters/selection-options.ts';
import { chosenHome } from '../home-option.ts';
import { wholeNumber } from '../whole-number.ts';
import { placesOf, withDatabase } from '../with-database.ts';

/** `millrace dlq list`: what is parked, each aggregate's events in order. */
export function listCommand({ environment, print }: CliContext): Command {
  return withSelection(new Command('list'))
    .description('events that are parked: what could not be handled, and what waits behind it')
    .option('--limit <number>', 'how many', wholeNumber, 100)
    .action(async ({ limit, ...options }: SelectionOptions & { limit: number }) => {
      const places = placesOf(chosenHome(options.home, environment), environment);
      const selection = { ...filterOf(options), limit };
      const deadLetters = await withDatabase(places, (database) => listDeadLetters(database, selection));
      print({ text: deadLetters.map(deadLetterLine).join('\n') || 'nothing is parked', json: { deadLetters } });
    });
}
