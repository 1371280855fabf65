import { storedEvents } from '@millrace/contracts/topology';
import { Command } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { type UpcastFailure, type UpcastReport, upcastStore } from '../events/upcast-store.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { LONGEST_UPKEEP_MS, placesOf, withDatabase } from '../with-database.ts';

const MOST_NAMED = 20;

/** `millrace events upcast --dry-run`: tries the way from every stored version to the current one. Exit code 1 when one fails. */
export function upcastCommand({ environment, print, exitWith }: CliContext): Command {
  return new Command('upcast')
    .description('read the whole store, bring every event to the current version of its type, and report what fails')
    .requiredOption('--dry-run', 'write nothing; there is no other way: stored events are never changed')
    .addOption(homeOption())
    .action(async ({ home }: { home?: string }) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const report = await withDatabase(places, (database) => upcastStore(database, storedEvents), LONGEST_UPKEEP_MS);
      if (report.failed > 0) exitWith(exitCodes.failed);
      print({ text: lines(report).join('\n'), json: report });
    });
}

function lines({ events, upcast, failed, failures }: UpcastReport): string[] {
  const named = failures.slice(0, MOST_NAMED);
  return [
    `${events} event(s) read, ${failed} of them cannot be brought to their current version`,
    ...Object.entries(upcast).map(([type, count]) => `  ${count} of ${type}`),
    ...named.map(failureLine),
    ...(failed > named.length ? [`  … and ${failed - named.length} more`] : []),
  ];
}

function failureLine({
  tenantId,
  aggregateType,
  aggregateId,
  sequenceNumber,
  type,
  eventVersion,
  ...why
}: UpcastFailure) {
  const which = `${tenantId} ${aggregateType} ${aggregateId} @${sequenceNumber}  ${type} v${eventVersion}`;
  return `  ✖ ${which}  ${why.code}  ${why.detail}`;
}
