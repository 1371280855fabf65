import { discardDeadLetters } from '@millrace/consumer';
import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { eventsOf, sequenceLine } from '../dead-letters/describe.ts';
import { type ActionOptions, selectionOf, withAction } from '../dead-letters/selection-options.ts';
import { chosenHome } from '../home-option.ts';
import { placesOf, withDatabase } from '../with-database.ts';

const MEANING = [
  'The groups have passed these events as if they had applied them: what the events say is missing in their read models',
  'and effects for good, and later events of the aggregates go on without it. The event store still has the events, a',
  'rebuild meets them again. dlq keeps what was discarded in consumer.dead_letter_actions.',
].join('\n');

/** `millrace dlq discard`: gives parked events up. */
export function discardCommand({ environment, print }: CliContext): Command {
  return withAction(new Command('discard'))
    .description('give parked events up for good, so that later ones of their aggregates go on')
    .action(async (words: string[], options: ActionOptions, command: Command) => {
      const places = placesOf(chosenHome(options.home, environment), environment);
      const { dryRun = false, by } = options;
      const selection = selectionOf(words, options, command);
      const sequences = await withDatabase(places, (database) =>
        discardDeadLetters(database, selection, { by, dryRun }),
      );
      const events = eventsOf(sequences);
      const total = `${events} event(s) of ${sequences.length} aggregate(s) ${dryRun ? 'would be' : 'were'} discarded`;
      const text = [...sequences.map(sequenceLine), total, ...(dryRun ? [] : [MEANING])].join('\n');
      print({ text: events > 0 ? text : 'nothing is parked that was meant', json: { dryRun, events, sequences } });
    });
}
