import { requestRetry, type RetryRequest } from '@millrace/consumer';
import { Command } from 'commander';

import { type Answer, type CliContext, exitCodes } from '../cli.ts';
import { awaitRetry, type RetryReport } from '../dead-letters/await-retry.ts';
import { eventsOf, sequenceLine } from '../dead-letters/describe.ts';
import { type ActionOptions, selectionOf, withAction } from '../dead-letters/selection-options.ts';
import { chosenHome } from '../home-option.ts';
import { wholeNumber } from '../whole-number.ts';
import { placesOf, withDatabase } from '../with-database.ts';

type Options = ActionOptions & { readonly wait: number };

/** `millrace dlq retry`: asks the groups to try parked events again, and waits for what becomes of them. */
export function retryCommand({ environment, print, exitWith }: CliContext): Command {
  return withAction(new Command('retry'))
    .description(
      'try parked events again, in the order of their aggregates; with an id: it and all before it, with a filter: whole aggregates',
    )
    .option('--wait <seconds>', 'how long to wait for the outcome', wholeNumber, 30)
    .action(async (words: string[], options: Options, command: Command) => {
      const places = placesOf(chosenHome(options.home, environment), environment);
      const { dryRun = false, by, wait } = options;
      const selection = selectionOf(words, options, command);
      const { request, report } = await withDatabase(places, async (database) => {
        const asked = await requestRetry(database, selection, { by, dryRun });
        const nothingToDo = dryRun || asked.sequences.length === 0;
        return { request: asked, report: nothingToDo ? undefined : await awaitRetry(database, asked, wait * 1_000) };
      });
      if (!report) return print(withoutOutcome(request, dryRun));
      if (report.failed.length > 0 || report.waiting > 0) exitWith(exitCodes.failed);
      print({ text: reportText(report, wait), json: { requestId: request.requestId, dryRun, ...report } });
    });
}

function withoutOutcome({ sequences }: RetryRequest, dryRun: boolean): Answer {
  const events = eventsOf(sequences);
  const lines = sequences.map(sequenceLine);
  const text = [...lines, `${events} event(s) of ${sequences.length} aggregate(s) would be tried again`].join('\n');
  return { text: events > 0 ? text : 'nothing is parked that was meant', json: { dryRun, events, sequences } };
}

function reportText({ applied, failed, waiting, idle, paused }: RetryReport, waitSeconds: number): string {
  return [
    ...failed.map(
      (sequence) => `${sequenceLine(sequence)}\n  fails still: ${sequence.errorCode}: ${sequence.errorDetail}`,
    ),
    `${applied} event(s) applied, ${failed.length} aggregate(s) fail still`,
    ...(waiting > 0 ? [`${waiting} aggregate(s) were not tried within ${waitSeconds} s; the request stays`] : []),
    ...idle.map((group) => `${group} does not run: it will try them when it is started`),
    ...paused.map((group) => `${group} is paused: it will try them when it is resumed`),
  ].join('\n');
}
