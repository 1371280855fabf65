import { EventDecoder, RegistryClient } from '@millrace/avro';
import { loadConfig } from '@millrace/config';
import { type DeadLetterAction, type DeadLetterDetails, readDeadLetter } from '@millrace/consumer';
import { Command } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { deadLetterLine, errorOf } from '../dead-letters/describe.ts';
import { idOf } from '../dead-letters/selection-options.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf, withDatabase } from '../with-database.ts';

/** `millrace dlq show`: one parked event with its record, and what was done about it. */
export function showCommand({ environment, print, exitWith }: CliContext): Command {
  return new Command('show')
    .description('one parked event: its record, its error, and what was done about it')
    .argument('<id...>', 'as `dlq list` names it, or group, topic, partition and offset')
    .addOption(homeOption())
    .action(async (words: string[], { home }: { home?: string }, command: Command) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const id = idOf(words, command);
      const letter = await withDatabase(places, (database) => readDeadLetter(database, id));
      if (!letter) {
        exitWith(exitCodes.failed);
        return print({ text: `${words.join('/')} is not parked`, json: null });
      }
      const { SCHEMA_REGISTRY_URL } = loadConfig(places, ['SCHEMA_REGISTRY_URL']);
      const decoder = new EventDecoder(new RegistryClient(SCHEMA_REGISTRY_URL));
      const data = await dataOf(letter, decoder);
      const value = letter.payload?.toString('base64') ?? null;
      print({ text: details(letter, data), json: { ...letter, payload: undefined, value, data } });
    });
}

/** Data of the record in the version that it was written in, or why it cannot be told. */
async function dataOf({ payload }: DeadLetterDetails, decoder: EventDecoder): Promise<unknown> {
  try {
    return (await decoder.decode(payload)).data;
  } catch (error) {
    return { unreadable: (error as Error).message };
  }
}

function details(letter: DeadLetterDetails, data: unknown): string {
  const { key, headers, payload, actions } = letter;
  return [
    deadLetterLine(letter),
    `  error    ${errorOf(letter)}`,
    `  key      ${key ?? 'none'}`,
    `  data     ${JSON.stringify(data)}`,
    `  value    ${payload?.toString('base64') ?? 'none'}`,
    '  headers',
    ...Object.entries(headers).map(([name, value]) => `    ${name}: ${value}`),
    ...(actions.length > 0 ? ['  actions', ...actions.map(actionLine)] : []),
  ].join('\n');
}

function actionLine({ action, requestedAt, requestedBy, outcome, errorDetail }: DeadLetterAction): string {
  return `    ${requestedAt}  ${action} by ${requestedBy}: ${outcome ?? 'waits'}${errorDetail ? ` (${errorDetail})` : ''}`;
}
