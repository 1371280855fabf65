import { resolveFindings } from '@millrace/audit';
import { loadConfig } from '@millrace/config';
import { checkedGroups } from '@millrace/fleet';
import { isWhole } from '@millrace/verification';
import { Command, Option } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { fullText, verifyFull } from '../verify/verify-full.ts';
import { isWell, nowText, verifyNow } from '../verify/verify-now.ts';
import { wholeNumber } from '../whole-number.ts';
import { LONGEST_UPKEEP_MS, placesOf, withDatabase } from '../with-database.ts';

type Options = {
  readonly full?: true;
  readonly tenant?: string;
  readonly projection?: string;
  readonly olderThan: number;
  readonly accept?: readonly string[];
  readonly home?: string;
};

/** `millrace verify`: is anything lost, invented, doubled, reordered or different? Exit code 1 when something is. */
export function verifyCommand({ environment, print, exitWith, wantsJson }: CliContext): Command {
  return new Command('verify')
    .description(
      'what the auditor has found, and a short look of its own; --full compares everything with the event store',
    )
    .option('--full', 'every stream, every topic from its beginning, every row')
    .option('--tenant <name>', 'of this tenant alone')
    .addOption(new Option('--projection <name>', 'only this group').choices(checkedGroups.map(({ group }) => group)))
    .option('--older-than <seconds>', 'with --full: younger events may still be on their way', wholeNumber, 30)
    .option('--accept <finding...>', 'instead: close findings, by their ids, that nothing can put right')
    .addOption(homeOption())
    .action(async ({ full, tenant, projection, olderThan, accept, home }: Options) => {
      const places = placesOf(chosenHome(home, environment), environment);
      if (accept) {
        const accepted = await withDatabase(places, (database) => resolveFindings(database, accept));
        if (accepted < accept.length) exitWith(exitCodes.failed);
        return print({ text: `${accepted} finding(s) accepted`, json: { accepted } });
      }
      const { KAFKA_BROKERS: brokers, CANARY_SECONDS } = loadConfig(places, ['KAFKA_BROKERS', 'CANARY_SECONDS']);
      const scope = { brokers, tenantId: tenant, projection };
      if (!full) {
        const report = await withDatabase(places, (database) =>
          verifyNow({ ...scope, database, canarySeconds: CANARY_SECONDS }),
        );
        if (!isWell(report)) exitWith(exitCodes.failed);
        return print({ text: nowText(report), json: { well: isWell(report), ...report } });
      }
      const onPart = (part: string) => void (wantsJson() || process.stderr.write(`… ${part}\n`));
      const report = await withDatabase(
        places,
        (database) => verifyFull({ ...scope, database, olderThanSeconds: olderThan, onPart }),
        LONGEST_UPKEEP_MS,
      );
      if (!isWhole(report)) exitWith(exitCodes.failed);
      return print({ text: fullText(report), json: { whole: isWhole(report), ...report } });
    });
}
