import { forgetSeen } from '@millrace/audit';
import { EventEncoder } from '@millrace/avro';
import { openForUpkeep, recover } from '@millrace/backup';
import { loadConfig } from '@millrace/config';
import { deadLetterTopics, internalCatalogues, outboxTopics } from '@millrace/contracts/topology';
import { loadSchemaIds } from '@millrace/outbox';
import type { Database } from '@millrace/postgres';
import { ConnectClient, CONNECTOR_NAME, type EventRef, republishEvents } from '@millrace/relay';
import { createLogger } from '@millrace/telemetry';
import { Command } from 'commander';

import { rebuildAll, rebuiltText } from '../backup/backup-places.ts';
import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf } from '../with-database.ts';

/** `millrace recover`: after the database was put back. Harmless to repeat; one that was cut off goes on. */
export function recoverCommand({ environment, print, wantsJson }: CliContext): Command {
  return new Command('recover')
    .description('after the database was put back, by a restore or as files: begin a new timeline')
    .addOption(homeOption())
    .action(async ({ home }: { home?: string }) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const config = loadConfig(places, ['DATABASE_URL', 'KAFKA_BROKERS', 'CONNECT_URL']);
      const database = openForUpkeep(config.DATABASE_URL);
      try {
        const report = await recover({
          database,
          connect: new ConnectClient(config.CONNECT_URL, CONNECTOR_NAME),
          brokers: config.KAFKA_BROKERS,
          topics: [...outboxTopics, ...deadLetterTopics],
          rebuild: async () => rebuiltText(await rebuildAll(database)),
          forgetSeen: (transaction) => forgetSeen(transaction),
          republish: (events) => republish(database, events),
          logger: createLogger({ service: 'recover', level: 'silent' }),
          log: (line) => (wantsJson() ? undefined : process.stdout.write(`✔ ${line}\n`)),
        });
        const text = `Recovered in ${report.seconds.toFixed(1)} s: timeline ${report.epoch}. The apps may run.`;
        print({ text, json: report });
      } finally {
        await database.close();
      }
    });
}

async function republish(database: Database, events: readonly EventRef[]): Promise<number> {
  const encoder = new EventEncoder(internalCatalogues, await loadSchemaIds(database));
  const { published } = await republishEvents(database, encoder, events);
  return Object.values(published).reduce((sum, count) => sum + count, 0);
}
