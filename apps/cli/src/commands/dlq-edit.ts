import { readFile } from 'node:fs/promises';

import { EventDecoder, EventEncoder, RegistryClient } from '@millrace/avro';
import { loadConfig } from '@millrace/config';
import { editDeadLetter } from '@millrace/consumer';
import { internalCatalogues } from '@millrace/contracts/topology';
import { MillraceError } from '@millrace/core';
import { loadSchemaIds } from '@millrace/outbox';
import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { byOption, idOf } from '../dead-letters/selection-options.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf, withDatabase } from '../with-database.ts';

type Options = { readonly data: string; readonly by: string; readonly home?: string };

/** `millrace dlq edit`: gives a parked event other data. */
export function editCommand({ environment, print }: CliContext): Command {
  return new Command('edit')
    .description('give a parked event other data, in the version of the schema that it was written in; retry it then')
    .argument('<id...>', 'as `dlq list` names it, or group, topic, partition and offset')
    .requiredOption('--data <file>', 'JSON file with all fields of the event')
    .addOption(byOption())
    .addOption(homeOption())
    .action(async (words: string[], { data: file, by, home }: Options, command: Command) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const { SCHEMA_REGISTRY_URL } = loadConfig(places, ['SCHEMA_REGISTRY_URL']);
      const decoder = new EventDecoder(new RegistryClient(SCHEMA_REGISTRY_URL));
      const edit = { id: idOf(words, command), data: await jsonOf(file), by };
      const { before, after } = await withDatabase(places, async (database) => {
        const encoder = new EventEncoder(internalCatalogues, await loadSchemaIds(database));
        return editDeadLetter({ database, encoder, decoder }, edit);
      });
      const text = [
        `before  ${before === undefined ? 'not readable' : JSON.stringify(before)}`,
        `after   ${JSON.stringify(after)}`,
        'The event is parked still: retry it. The event store keeps the event as it was.',
      ].join('\n');
      print({ text, json: { id: words.join('/'), before: before ?? null, after } });
    });
}

/** @throws MillraceError `DEAD_LETTER_INVALID` for a file that is absent or no JSON */
async function jsonOf(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch (cause) {
    throw new MillraceError('DEAD_LETTER_INVALID', `${file} cannot be read as JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}
