import { loadConfig } from '@millrace/config';
import { ConnectClient, CONNECTOR_NAME, type ConnectorState, readSlot, type SlotState } from '@millrace/relay';
import { Command } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf, withDatabase } from '../with-database.ts';

/** `millrace relay status`: connector and slot together, because Connect's RUNNING alone says little. Exit code 1 unless it streams. */
export function relayCommand({ environment, print, exitWith }: CliContext): Command {
  const status = new Command('status')
    .description('the connector, its task and the replication slot')
    .addOption(homeOption())
    .action(async ({ home }: { home?: string }) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const { CONNECT_URL } = loadConfig(places, ['CONNECT_URL']);
      const connector = await new ConnectClient(CONNECT_URL, CONNECTOR_NAME).state();
      const slot = await withDatabase(places, readSlot);
      const streaming = connector.task === 'RUNNING' && slot.exists && slot.active && !slot.lost;
      print({ text: relayText(connector, slot), json: { streaming, connector, slot } });
      if (!streaming) exitWith(exitCodes.failed);
    });
  return new Command('relay').description('what moves rows from the outbox to Kafka').addCommand(status);
}

function relayText({ connector, task }: ConnectorState, slot: SlotState): string {
  const reader = slot.exists ? slotText(slot) : 'missing: it is made anew when the connector starts';
  return `connector  ${connector}\ntask       ${task}\nslot       ${reader}`;
}

function slotText({ active, lost, lagBytes }: Extract<SlotState, { exists: true }>): string {
  if (lost) return 'lost: Postgres has cut off its WAL';
  return `${active ? 'read' : 'NOT read'}, ${lagBytes} bytes of WAL retained`;
}
