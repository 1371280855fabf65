import { loadConfig } from '@millrace/config';
import { deadLetterTopics, outboxTopics, TOPIC_PARTITIONS } from '@millrace/contracts/topology';
import {
  ConnectClient,
  CONNECTOR_NAME,
  diagnose,
  poisonText,
  type RelayFacts,
  RelayObserver,
  type RelayProblem,
  relayTopics,
  relayTopicSpecs,
  type SlotState,
} from '@millrace/relay';
import { Command } from 'commander';

import { type CliContext, exitCodes } from '../cli.ts';
import { chosenHome, homeOption } from '../home-option.ts';
import { placesOf, withDatabase } from '../with-database.ts';

/** `millrace relay status`: what keeps rows from Kafka, by all that can be seen, because Connect's RUNNING alone says little. Exit code 1 unless it streams, 3 when Connect does not answer. */
export function relayCommand({ environment, print, exitWith }: CliContext): Command {
  const status = new Command('status')
    .description('whether rows flow from the outbox to Kafka, and if not, why')
    .addOption(homeOption())
    .action(async ({ home }: { home?: string }) => {
      const places = placesOf(chosenHome(home, environment), environment);
      const { CONNECT_URL, KAFKA_BROKERS } = loadConfig(places, ['CONNECT_URL', 'KAFKA_BROKERS']);
      const connect = new ConnectClient(CONNECT_URL, CONNECTOR_NAME);
      const plan = { eventTopics: outboxTopics, deadLetterTopics, partitions: TOPIC_PARTITIONS, replicationFactor: 1 };
      const topics = relayTopics({ brokers: KAFKA_BROKERS }, relayTopicSpecs(plan));
      const facts = await withDatabase(places, (database) => new RelayObserver({ database, connect, topics }).look());
      const problem = diagnoseNow(facts);
      const { connector, slot, poison } = facts;
      print({ text: relayText(facts, problem), json: { streaming: !problem, problem, connector, slot, poison } });
      if (problem) exitWith(problem.cause === 'connect_unreachable' ? exitCodes.unreachable : exitCodes.failed);
    });
  return new Command('relay').description('what moves rows from the outbox to Kafka').addCommand(status);
}

/** One look has no patience: it says what is so now. */
function diagnoseNow(facts: RelayFacts): RelayProblem | undefined {
  const isRead = facts.slot.exists && facts.slot.active;
  return diagnose({ ...facts, unreadMs: isRead ? 0 : Infinity });
}

function relayText({ connector, slot, poison }: RelayFacts, problem: RelayProblem | undefined): string {
  const states = connector === 'unreachable' ? { connector, task: 'unknown' } : connector;
  const reader = slot.exists ? slotText(slot) : 'missing: it is made anew when the connector starts';
  return [
    `connector  ${states.connector}`,
    `task       ${states.task}`,
    `slot       ${reader}`,
    `problem    ${problem ? `${problem.cause}: ${problem.detail}` : 'none'}`,
    ...poison.map((row) => `poison     ${poisonText(row)}`),
  ].join('\n');
}

function slotText({ active, lost, lagBytes }: Extract<SlotState, { exists: true }>): string {
  if (lost) return 'lost: Postgres has cut off its WAL';
  return `${active ? 'read' : 'NOT read'}, ${lagBytes} bytes of WAL retained`;
}
