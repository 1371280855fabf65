import { loadConfig } from '@millrace/config';
import { seekBack, seekToBeginning } from '@millrace/consumer';
import { MillraceError } from '@millrace/core';
import { projections as fleet } from '@millrace/fleet';
import { partitionRanges } from '@millrace/kafka';
import { Command, InvalidArgumentError, Option } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { projectionArgument } from '../projections/with-fleet.ts';
import { placesOf, withDatabase } from '../with-database.ts';

type Place = { readonly topic: string; readonly partition: number; readonly offset: number };
type Options = { readonly to: 'beginning' | Place; readonly home?: string };

/** `millrace projections seek`: sets positions of a projection back, while it runs or not. */
export function seekCommand({ environment, print }: CliContext): Command {
  return new Command('seek')
    .description('let a projection read its topics again; what it has applied stays, and is not applied twice')
    .addArgument(projectionArgument())
    .addOption(
      new Option(
        '--to <position>',
        '`beginning`, or an offset of one partition it has passed: `<topic>/<partition>@<offset>`',
      )
        .argParser(position)
        .makeOptionMandatory(),
    )
    .addOption(homeOption())
    .action(async (name: string, { to, home }: Options) => {
      const places = placesOf(chosenHome(home, environment), environment);
      if (to !== 'beginning') {
        await withDatabase(places, (database) => seekToPlace(database, { name, to, places }));
        const text = `${name}  goes on at ${to.topic}/${to.partition}@${to.offset}`;
        return print({ text, json: { projection: name, to } });
      }
      const positions = await withDatabase(places, (database) => seekToBeginning(database, name));
      const text = `${name}  goes on at the beginning; ${positions} position(s) given up`;
      print({ text, json: { projection: name, to, positions } });
    });
}

type Seek = { readonly name: string; readonly to: Place; readonly places: CliContext['environment'] };

async function seekToPlace(
  database: Parameters<typeof seekBack>[0],
  { name, to: { topic, partition, offset }, places }: Seek,
): Promise<void> {
  if (!fleet.find((one) => one.name === name)?.topics.includes(topic)) throw refused(`${name} does not read ${topic}`);
  const { KAFKA_BROKERS: brokers } = loadConfig(places, ['KAFKA_BROKERS']);
  const range = (await partitionRanges({ brokers }, [topic])).find((one) => one.partition === partition);
  if (!range) throw refused(`${topic} has no partition ${partition}`);
  if (offset < range.first) throw refused(`${topic}/${partition} begins at ${range.first}`);
  if (await seekBack(database, { group: name, topic, partition }, offset)) return;
  throw refused(`${name} has not come to ${topic}/${partition}@${offset}: what lies between would be passed over`);
}

function refused(message: string): MillraceError {
  return new MillraceError('REBUILD_REFUSED', message);
}

function position(text: string): Options['to'] {
  if (text === 'beginning') return text;
  const [, topic, partition, offset] = /^(.+)\/(\d{1,9})@(\d{1,15})$/.exec(text) ?? [];
  if (topic && partition && offset) return { topic, partition: Number(partition), offset: Number(offset) };
  throw new InvalidArgumentError('Give beginning, or <topic>/<partition>@<offset>.');
}
