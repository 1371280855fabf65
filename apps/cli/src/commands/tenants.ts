import { loadConfig } from '@millrace/config';
import { givePartition } from '@millrace/event-store';
import { openDatabase } from '@millrace/postgres';
import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf } from '../with-database.ts';

/** All events of a tenant are copied in one statement. */
const LONGEST_COPY_MS = 3_600_000;

/** `millrace tenants`: what operators do to tenants beside their commands. */
export function tenantsCommand(context: CliContext): Command {
  return new Command('tenants').description('upkeep of tenants').addCommand(partitionCommand(context));
}

function partitionCommand({ environment, print }: CliContext): Command {
  return new Command('partition')
    .description('give a tenant a partition of the event store of its own; harmless to repeat')
    .argument('<tenant>', 'name of the tenant')
    .addOption(homeOption())
    .action(async (tenant: string, { home }: { home?: string }) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const { DATABASE_URL } = loadConfig(places, ['DATABASE_URL']);
      const database = openDatabase({
        url: DATABASE_URL,
        poolSize: 1,
        applicationName: 'millrace cli',
        statementTimeoutMs: LONGEST_COPY_MS,
      });
      try {
        const { partition, moved } = await givePartition(database, tenant);
        print({ text: `${tenant}: ${partition}, ${moved} event(s) moved`, json: { tenant, partition, moved } });
      } finally {
        await database.close();
      }
    });
}
