import { loadConfig } from '@millrace/config';
import { subscribe } from '@millrace/consumer';
import type { EventCatalogue, RecordedEvent } from '@millrace/core';
import { Command, Option } from 'commander';

import type { CliContext } from '../cli.ts';
import { eventLine } from '../events/event-line.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { wholeNumber } from '../whole-number.ts';
import { placesOf } from '../with-database.ts';

type Options = {
  readonly tenant?: string;
  readonly from: 'now' | 'beginning';
  readonly limit?: number;
  readonly home?: string;
};

/** `millrace events tail`: prints events as they commit, one per line, until Ctrl-C or the limit. */
export function tailCommand({ environment, print }: CliContext, catalogue: EventCatalogue): Command {
  return new Command('tail')
    .description('events as they commit, from the topics, one per line; ends with Ctrl-C')
    .argument('[pattern]', "<domain>.<EventType>; * is any one part, > is all the rest: 'persons.*'", '>')
    .option('--tenant <name>', 'of this tenant alone')
    .addOption(new Option('--from <place>', 'where to begin').choices(['now', 'beginning']).default('now'))
    .option('--limit <number>', 'end after so many', wholeNumber)
    .addOption(homeOption())
    .action(async (events: string, { tenant, from, limit, home }: Options) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL } = loadConfig(places, [
        'KAFKA_BROKERS',
        'SCHEMA_REGISTRY_URL',
      ]);
      const over = Promise.withResolvers<void>();
      let printed = 0;
      const onEvent = (event: RecordedEvent) => {
        if (printed === limit || (tenant !== undefined && event.tenantId !== tenant)) return;
        printed += 1;
        print({ text: eventLine(event), json: event });
        if (printed === limit) over.resolve();
      };
      const subscription = await subscribe({
        ...{ brokers, registryUrl: SCHEMA_REGISTRY_URL, catalogue, events, from, onEvent },
        onError: (error) => void process.stderr.write(`${(error as Error).message}\n`),
      });
      try {
        await untilInterrupted(Promise.race([over.promise, subscription.ended]));
      } finally {
        await subscription.unsubscribe();
      }
    });
}

/** Waits for `work`, but not past Ctrl-C, nor longer than somebody reads what is printed. */
async function untilInterrupted(work: Promise<void>): Promise<void> {
  const interrupted = Promise.withResolvers<void>();
  const stop = () => interrupted.resolve();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  process.stdout.once('error', stop);
  try {
    await Promise.race([work, interrupted.promise]);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    process.stdout.off('error', stop);
  }
}
