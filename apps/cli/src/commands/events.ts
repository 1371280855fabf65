import { catalogues } from '@millrace/contracts/topology';
import { EventCatalogue, type RecordedEvent } from '@millrace/core';
import { type EventStore, PostgresEventStore } from '@millrace/event-store';
import { Command, InvalidArgumentError } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf, withDatabase } from '../with-database.ts';

type ListOptions = { readonly after?: string; readonly limit: number; readonly home?: string };
type StreamOptions = { readonly tenant: string; readonly from: number; readonly home?: string };

const catalogue = new EventCatalogue(catalogues.flatMap(({ definitions }) => definitions));

/** `millrace events list` and `millrace events stream`: what the event store holds. */
export function eventsCommand(context: CliContext): Command {
  return new Command('events')
    .description('read the event store')
    .addCommand(listCommand(context))
    .addCommand(streamCommand(context));
}

function listCommand({ environment, print }: CliContext): Command {
  return new Command('list')
    .description('events of the whole store, in an order that never changes; go on with --after')
    .option('--after <cursor>', 'cursor of the page before')
    .option('--limit <number>', 'how many', wholeNumber, 100)
    .addOption(homeOption())
    .action(async ({ after, limit, home }: ListOptions) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const { events, cursor: next } = await withStore(places, (store) => store.readAll({ after, limit }));
      const cursor = next && events.length > 0 ? `\n--after ${next}` : '';
      print({ text: `${events.map(line).join('\n')}${cursor}`, json: { events, next } });
    });
}

function streamCommand({ environment, print }: CliContext): Command {
  return new Command('stream')
    .description('events of one aggregate, in order')
    .argument('<type>', 'aggregate type, for example order')
    .argument('<id>', 'aggregate id')
    .requiredOption('--tenant <name>', 'tenant of the aggregate')
    .option('--from <version>', 'first version, inclusive', wholeNumber, 1)
    .addOption(homeOption())
    .action(async (aggregateType: string, aggregateId: string, { tenant, from, home }: StreamOptions) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const stream = { tenantId: tenant, aggregateType, aggregateId };
      const events = await withStore(places, (store) => store.load(stream, { fromVersion: from }));
      print({ text: events.map(line).join('\n'), json: { events } });
    });
}

function withStore<T>(places: CliContext['environment'], work: (store: EventStore) => Promise<T>): Promise<T> {
  return withDatabase(places, (database) => work(new PostgresEventStore({ database, catalogue, encode: readOnly })));
}

function readOnly(): never {
  throw new Error('the command line does not append events');
}

function line({ occurredAt, tenantId, aggregateType, aggregateId, sequenceNumber, type, data }: RecordedEvent): string {
  return `${occurredAt}  ${tenantId}  ${aggregateType}-${aggregateId}@${sequenceNumber}  ${type}  ${JSON.stringify(data)}`;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number, 1 or more.');
  return value;
}
