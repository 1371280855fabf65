import { loadPositions, type StoredPosition } from '@millrace/consumer';
import { handledTypes } from '@millrace/core';
import { projections as fleet } from '@millrace/fleet';
import { orderPublication } from '@millrace/orders-read-models';
import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf, withDatabase } from '../with-database.ts';

type Consumer = {
  readonly name: string;
  /** Null where the effect is not a table. */
  readonly table: string | null;
  readonly topics: readonly string[];
  readonly eventTypes: readonly string[];
};

type ConsumerWithPositions = Consumer & { readonly positions: readonly StoredPosition[] };

const consumers: readonly Consumer[] = [
  ...fleet.map((projection) => ({
    name: projection.name,
    table: projection.table,
    topics: projection.topics,
    eventTypes: handledTypes(projection),
  })),
  {
    name: orderPublication.name,
    table: null,
    topics: orderPublication.topics,
    eventTypes: Object.keys(orderPublication.publish),
  },
];

/** `millrace projections list`: every projection and publisher, what it handles, and how far it is. */
export function listCommand({ environment, print }: CliContext): Command {
  return new Command('list')
    .description('name, table, event types and positions of every projection and publisher')
    .addOption(homeOption())
    .action(async ({ home }: { home?: string }) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const projections = await withDatabase(places, (database) =>
        Promise.all(
          consumers.map(async (consumer) => ({ ...consumer, positions: await loadPositions(database, consumer.name) })),
        ),
      );
      print({ text: projections.map(describe).join('\n'), json: { projections } });
    });
}

function describe({ name, table, eventTypes, positions }: ConsumerWithPositions): string {
  const offsets = positions.map(({ topic, partition, nextOffset }) => `${topic}/${partition}@${nextOffset}`);
  return [
    `${name}${table ? `  →  read_model.${table}` : ''}`,
    `  handles  ${eventTypes.join(', ')}`,
    `  stands   ${offsets.join(' ') || 'at the start'}`,
  ].join('\n');
}
