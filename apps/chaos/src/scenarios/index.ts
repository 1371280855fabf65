import { consumers } from './consumers.ts';
import { contracts } from './contracts.ts';
import { kafkaLog } from './kafka-log.ts';
import { laggingConsumers } from './lagging-consumers.ts';
import { machine } from './machine.ts';
import { processKills } from './process-kills.ts';
import { projections } from './projections.ts';
import { relay } from './relay.ts';
import { relaySurroundings } from './relay-surroundings.ts';
import { restore } from './restore.ts';
import type { Scenario } from './scenario.ts';

/** Every scenario, in the order of the list of fault tests. */
export const scenarios: readonly Scenario[] = [
  ...processKills,
  ...relay,
  ...relaySurroundings,
  ...machine,
  ...kafkaLog,
  ...consumers,
  ...laggingConsumers,
  ...contracts,
  ...projections,
  ...restore,
];
