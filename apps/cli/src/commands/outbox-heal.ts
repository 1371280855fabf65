import { loadConfig } from '@millrace/config';
import { outboxTopics } from '@millrace/contracts/topology';
import type { Database } from '@millrace/postgres';
import { ConnectClient, CONNECTOR_NAME, quarantine } from '@millrace/relay';
import { createLogger } from '@millrace/telemetry';
import { Command, Option } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { type HealedTopic, healTopic } from '../outbox/heal-topic.ts';
import { tenantName } from '../tenant-name.ts';
import { wholeNumber } from '../whole-number.ts';
import { LONGEST_UPKEEP_MS, placesOf, withDatabase } from '../with-database.ts';

type Options = {
  readonly topic?: string;
  readonly tenant?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly rate: number;
  readonly quarantine?: number;
  readonly home?: string;
};

const HELP = `
Compares the event store with the topics themselves, and with --yes sends exactly what is missing, with the original ids,
versions and bytes. Without --yes nothing is changed. A topic that is not made from the store is compared with the outbox,
as far back as that reaches. Ends with 1 while something is missing.`;

/** `millrace outbox heal`: finds what topics lack by reading them, and sends it again. */
export function healCommand(context: CliContext): Command {
  return new Command('heal')
    .description('find what the topics lack of the event store, and send it again')
    .addOption(new Option('--topic <name>', 'only this topic').choices(outboxTopics))
    .option('--tenant <name>', 'only events of this tenant', tenantName)
    .option('--dry-run', 'only say what is missing, which is the default')
    .addOption(new Option('--yes', 'send what is missing').conflicts('dryRun'))
    .option('--rate <events>', 'most events per second', wholeNumber, 2_000)
    .addOption(
      new Option('--quarantine <seq>', 'instead: take this row of the outbox out of the stream')
        .argParser(wholeNumber)
        .conflicts(['topic', 'tenant', 'dryRun']),
    )
    .addOption(homeOption())
    .addHelpText('after', HELP)
    .action((options: Options) =>
      options.quarantine === undefined ? heal(context, options) : putAside(context, options, options.quarantine),
    );
}

async function heal({ environment, print, exitWith }: CliContext, options: Options): Promise<void> {
  const { topic, tenant: tenantId, yes = false, rate: eventsPerSecond } = options;
  const places = placesOf(chosenHome(options.home, environment), environment);
  const { KAFKA_BROKERS: brokers } = loadConfig(places, ['KAFKA_BROKERS']);
  const logger = createLogger({ service: 'cli', level: 'silent' });
  const healed = await withDatabase(
    places,
    async (database) => {
      const parts = { database, address: { brokers }, logger, tenantId, send: yes, eventsPerSecond };
      const topics: HealedTopic[] = [];
      for (const name of topic === undefined ? outboxTopics : [topic]) topics.push(await healTopic(name, parts));
      return topics;
    },
    LONGEST_UPKEEP_MS,
  );
  const left = healed.reduce((sum, one) => sum + one.left, 0);
  const missing = healed.reduce((sum, one) => sum + one.missing, 0);
  print({ text: healText(healed, yes), json: { complete: left === 0, missing, left, topics: healed } });
  if (left > 0) exitWith(exitCodes.failed);
}

function healText(healed: readonly HealedTopic[], sent: boolean): string {
  const width = Math.max(...healed.map(({ topic }) => topic.length));
  const lines = healed.flatMap((one) => [
    `${one.topic.padEnd(width)}  ${one.expected} expected, ${one.missing} missing${one.sent > 0 ? `, ${one.sent} sent again, ${one.left} left` : ''}`,
    ...(one.missing > 0 ? [`  ${one.range.join(' … ')}`] : []),
    ...one.refused.map(
      ({ aggregateType, aggregateId, sequenceNumber, reason }) =>
        `  ✖ ${aggregateType}-${aggregateId}@${sequenceNumber}: ${reason}`,
    ),
  ]);
  const isIncomplete = healed.some(({ left }) => left > 0);
  const verdict =
    isIncomplete && !sent
      ? 'Something is missing: --yes sends it again.'
      : isIncomplete
        ? 'Something is still missing.'
        : 'Complete.';
  return [...lines, '', verdict].join('\n');
}

/** Where the row stands in the WAL already, only a new slot leads past it. */
async function putAside({ environment, print, exitWith }: CliContext, options: Options, seq: number): Promise<void> {
  const places = placesOf(chosenHome(options.home, environment), environment);
  const { CONNECT_URL } = loadConfig(places, ['CONNECT_URL']);
  const connect = new ConnectClient(CONNECT_URL, CONNECTOR_NAME);
  const taken = await withDatabase(places, async (database) => {
    const row = await outboxRowAt(database, seq);
    if (!row) return undefined;
    await quarantine({ database, connect }, [row]);
    return row;
  });
  if (!taken) {
    print({ text: `The outbox has no row ${seq}.`, json: { quarantined: null } });
    exitWith(exitCodes.failed);
    return;
  }
  const text = `Row ${seq} (event ${taken.id}, topic ${taken.topic}, tenant ${taken.tenantId}) lies in outbox.quarantine; the relay goes on behind it.`;
  print({ text, json: { quarantined: taken } });
}

async function outboxRowAt(database: Database, seq: number) {
  const { rows } = await database.query<{ seq: number; id: string; topic: string; tenantId: string; reason: string }>(
    `select seq, id, topic, ce_tenantid as "tenantId", 'put aside by hand' as reason from outbox.outbox_messages where seq = $1`,
    [seq],
  );
  return rows[0];
}
