import { givePartition } from '@millrace/event-store';
import type { Database } from '@millrace/postgres';
import { Command } from 'commander';

import type { CliContext } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { tenantName } from '../tenant-name.ts';
import { LONGEST_UPKEEP_MS, placesOf, withDatabase } from '../with-database.ts';

/** `millrace tenants`: what operators do to tenants beside their commands. */
export function tenantsCommand(context: CliContext): Command {
  return new Command('tenants').description('upkeep of tenants').addCommand(partitionCommand(context));
}

function partitionCommand({ environment, print }: CliContext): Command {
  return new Command('partition')
    .description('give a tenant a partition of the event store of its own; harmless to repeat')
    .argument('<tenant>', 'name of the tenant', tenantName)
    .addOption(homeOption())
    .action(async (tenant: string, { home }: { home?: string }) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const give = (database: Database) => givePartition(database, tenant);
      const { partition, moved } = await withDatabase(places, give, LONGEST_UPKEEP_MS);
      print({ text: `${tenant}: ${partition}, ${moved} event(s) moved`, json: { tenant, partition, moved } });
    });
}
