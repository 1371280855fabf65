import { type Environment, loadConfig } from '@millrace/config';
import { type GroupStatus, loadGroupStatus, loadRebuilds, type RebuildRecord } from '@millrace/consumer';
import { consumerGroups } from '@millrace/contracts/topology';
import { handledTypes } from '@millrace/core';
import { projections as fleet } from '@millrace/fleet';
import { type PartitionRange, partitionRanges } from '@millrace/kafka';
import { orderPublication } from '@millrace/orders-read-models';
import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf, withDatabase } from '../with-database.ts';

type Consumer = {
  readonly name: string;
  /** Null where the effect is not a table. */
  readonly table: string | null;
  /** Version of the definition that this checkout has; null where there is no table. */
  readonly version: number | null;
  readonly topics: readonly string[];
  readonly eventTypes: readonly string[];
};

type ListedConsumer = Consumer &
  Omit<GroupStatus, 'group'> & {
    /** Records that it has not taken yet; null while the brokers cannot be asked. */
    readonly lag: number | null;
    readonly rebuild: RebuildRecord | null;
  };

const consumers: readonly Consumer[] = consumerGroups.map(({ group: name, topics }) => {
  const projection = fleet.find((one) => one.name === name);
  if (projection) {
    const { table, version = 1 } = projection;
    return { name, table, version, topics, eventTypes: handledTypes(projection) };
  }
  const published = name === orderPublication.name ? Object.keys(orderPublication.publish) : [];
  return { name, table: null, version: null, topics, eventTypes: published };
});

/** `millrace projections list`: every consumer group, what it handles, how far it is, and what is being done about it. */
export function listCommand({ environment, print }: CliContext): Command {
  return new Command('list')
    .description(
      'projections, publishers and sagas: state, lag, last event, rebuild under way, table, event types, positions',
    )
    .addOption(homeOption())
    .action(async ({ home }: { home?: string }) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const projections = await listed(places);
      print({ text: projections.map(describe).join('\n'), json: { projections } });
    });
}

async function listed(places: Environment): Promise<ListedConsumer[]> {
  const names = consumers.map(({ name }) => name);
  const [stored, rebuilds] = await withDatabase(places, async (database) => [
    await loadGroupStatus(database, names),
    await loadRebuilds(database),
  ]);
  const ranges = await rangesOf(places);
  return consumers.map((consumer, index) => {
    const { group: _group, ...status } = stored[index] ?? missingStatus(consumer.name);
    const rebuild = rebuilds.find(({ group }) => group === consumer.name) ?? null;
    return { ...consumer, ...status, lag: ranges && lagOf(consumer, status, ranges), rebuild };
  });
}

function missingStatus(name: string): never {
  throw new Error(`the database says nothing of ${name}`);
}

async function rangesOf(places: Environment): Promise<PartitionRange[] | null> {
  try {
    const { KAFKA_BROKERS: brokers } = loadConfig(places, ['KAFKA_BROKERS']);
    return await partitionRanges({ brokers }, [...new Set(consumers.flatMap(({ topics }) => topics))]);
  } catch {
    return null;
  }
}

function lagOf({ topics }: Consumer, { positions }: Pick<GroupStatus, 'positions'>, ranges: readonly PartitionRange[]) {
  const next = new Map(positions.map(({ topic, partition, nextOffset }) => [`${topic}/${partition}`, nextOffset]));
  return ranges
    .filter(({ topic }) => topics.includes(topic))
    .map(({ topic, partition, first, end }) => Math.max(0, end - (next.get(`${topic}/${partition}`) ?? first)))
    .reduce((sum, lag) => sum + lag, 0);
}

function describe({ name, table, eventTypes, positions, ...state }: ListedConsumer): string {
  const offsets = positions.map(({ topic, partition, nextOffset }) => `${topic}/${partition}@${nextOffset}`);
  return [
    `${name}${table ? `  →  read_model.${table}` : ''}`,
    `  state    ${stateText(state)}`,
    ...(eventTypes.length > 0 ? [`  handles  ${eventTypes.join(', ')}`] : []),
    `  stands   ${offsets.join(' ') || 'at the start'}`,
  ].join('\n');
}

function stateText({
  paused,
  lag,
  lastEventTime,
  parkedEvents,
  version,
  projectionVersion,
  rebuild,
}: Omit<ListedConsumer, 'name' | 'table' | 'eventTypes' | 'positions'>): string {
  const outdated = version !== null && version !== projectionVersion;
  return [
    paused ? 'paused' : 'running',
    `lag ${lag ?? 'unknown'}`,
    `last event ${lastEventTime ?? 'none'}`,
    ...(parkedEvents > 0 ? [`${parkedEvents} parked`] : []),
    ...(outdated ? [`table of version ${projectionVersion}, this checkout has ${version}: rebuild it`] : []),
    ...(rebuild ? [`rebuild ${rebuild.state}, ${rebuild.events} of ${rebuild.eventsExpected} events`] : []),
  ].join(', ');
}
