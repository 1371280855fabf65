import { rebuildProjection, type RebuildReport } from '@millrace/consumer';
import { TOPIC_PARTITIONS } from '@millrace/contracts/topology';
import { storedEvents } from '@millrace/contracts/topology';
import { projections as fleet } from '@millrace/fleet';
import { Argument, Command, Option } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { LONGEST_UPKEEP_MS, placesOf, withDatabase } from '../with-database.ts';

type Options = { readonly aggregate?: string; readonly home?: string };

const aggregateTypes = [...new Set(storedEvents.definitions.map(({ aggregateType }) => aggregateType))];

/** `millrace projections rebuild`: read models made anew from the event store, one transaction each. */
export function rebuildCommand({ environment, print }: CliContext): Command {
  return new Command('rebuild')
    .description('make a read model anew from the event store; it is read as it was until the new one is complete')
    .addArgument(new Argument('[name]', 'name of the projection').choices(fleet.map(({ name }) => name)))
    .addOption(new Option('--aggregate <type>', 'instead: all that read events of the type').choices(aggregateTypes))
    .addOption(homeOption())
    .action(async (name: string | undefined, { aggregate, home }: Options, command: Command) => {
      if ((name === undefined) === (aggregate === undefined)) {
        command.error('error: either a projection or --aggregate says what to rebuild');
      }
      const places = placesOf(chosenHome(home, environment), environment);
      const rebuilt = await withDatabase(
        places,
        async (database) => {
          const reports: RebuildReport[] = [];
          for (const projection of fleet.filter((one) => one.name === name || readsEventsOf(one, aggregate))) {
            const parts = { database, catalogue: storedEvents, projection, partitions: TOPIC_PARTITIONS };
            reports.push(await rebuildProjection(parts));
          }
          return reports;
        },
        LONGEST_UPKEEP_MS,
      );
      print({ text: rebuilt.map(describe).join('\n'), json: { rebuilt } });
    });
}

function readsEventsOf({ topics }: { readonly topics: readonly string[] }, aggregate: string | undefined): boolean {
  return storedEvents.definitions.some(
    ({ aggregateType, topic }) => aggregateType === aggregate && topics.includes(topic),
  );
}

function describe({ projection, rows, events, unparked, seconds }: RebuildReport): string {
  const again = unparked > 0 ? `, ${unparked} of them set aside before` : '';
  return `${projection}  ${rows} row(s) of ${events} event(s)${again}, in ${seconds.toFixed(1)} s`;
}
