import { type DeadLetterId, type DeadLetterSelection, parseDeadLetterId } from '@millrace/consumer';
import { isMillraceError } from '@millrace/core';
import type { Command } from 'commander';
import { Option } from 'commander';

import { homeOption } from '../home-option.ts';

/** Options that say which dead letters are meant. */
export type SelectionOptions = {
  readonly group?: string;
  readonly tenant?: string;
  readonly aggregate?: string;
  readonly type?: string;
  readonly error?: string;
  readonly home?: string;
};

/** Options of a command that changes something. */
export type ActionOptions = SelectionOptions & {
  readonly all?: boolean;
  readonly sequence?: boolean;
  readonly dryRun?: boolean;
  readonly by: string;
};

/** Adds the options that filter. */
export function withSelection(command: Command): Command {
  return command
    .option('--group <name>', 'of this consumer group')
    .option('--tenant <name>', 'of this tenant')
    .option('--aggregate <id>', 'of this aggregate')
    .option('--type <event type>', 'of this event type')
    .option('--error <code>', 'with this error code')
    .addOption(homeOption());
}

/** Adds the argument and the options of a command that changes something. */
export function withAction(command: Command): Command {
  return withSelection(command)
    .argument('[id...]', 'one dead letter: as `dlq list` names it, or group, topic, partition and offset')
    .option('--sequence', 'all that is parked of the same aggregate')
    .option('--all', 'everything that is parked; only needed without an id and without any filter')
    .option('--dry-run', 'only show what is meant')
    .addOption(byOption());
}

/** Who does it, for the audit trail: the user of the machine, if nobody is named. */
export function byOption(): Option {
  return new Option('--by <name>', 'who does it, for the audit trail').default(
    process.env.USER ?? 'unknown',
    'user of the machine',
  );
}

/** What is meant by filters alone. */
export function filterOf({ group, tenant, aggregate, type, error }: SelectionOptions): DeadLetterSelection {
  return {
    ...(group !== undefined && { group }),
    ...(tenant !== undefined && { tenantId: tenant }),
    ...(aggregate !== undefined && { aggregateId: aggregate }),
    ...(type !== undefined && { eventType: type }),
    ...(error !== undefined && { errorCode: error }),
  };
}

/** The dead letter that an argument names. Ends the command with wrong usage where it names none. */
export function idOf(words: readonly string[], command: Command): DeadLetterId {
  try {
    return parseDeadLetterId(words.join('/'));
  } catch (error) {
    if (isMillraceError(error, 'DEAD_LETTER_INVALID')) return command.error(`error: ${error.message}`);
    throw error;
  }
}

/**
 * What is meant by an id, filters, or `--all`. Ends the command with wrong usage where nothing is said, so that nothing
 * happens to everything by mistake.
 */
export function selectionOf(
  words: readonly string[],
  options: ActionOptions,
  command: Command,
): DeadLetterSelection & { wholeSequence: boolean } {
  const filter = filterOf(options);
  const wholeSequence = options.sequence ?? false;
  if (words.length > 0) return { ...filter, id: idOf(words, command), wholeSequence };
  if (Object.keys(filter).length > 0 || options.all) return { ...filter, wholeSequence };
  return command.error('error: name a dead letter, give a filter, or say --all');
}
