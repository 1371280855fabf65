/** Read models that are made anew while commands come: 40 of the list. */
import { eventually } from '@millrace/testing';

import type { Attack, Scenario } from './scenario.ts';

const COMMANDS = 15;
const REBUILT = ['order-read-model-projection', 'orders-by-status-projection', 'event-log-projection'];

/** Starts a rebuild and kills the command that runs it, somewhere on its way. */
async function killRebuild({ chaos, random, fault }: Attack, projection: string): Promise<void> {
  await chaos.killedCli(random.between(300, 2_500), 'projections', 'rebuild', projection);
  fault(`kill -9 of the rebuild of ${projection}`);
}

/** Every scenario of this family. */
export const projections: readonly Scenario[] = [
  {
    name: 'rebuild-under-load',
    numbers: [40],
    about: 'read models are rebuilt while commands come; the first rebuild of each is killed',
    recoverWithinMs: 180_000,
    async inject(attack) {
      const { chaos, random, load, fault } = attack;
      for (const projection of random.shuffled(REBUILT.filter((name) => chaos.apps.includes(name))).slice(0, 2)) {
        await killRebuild(attack, projection);
        const rebuild = () => chaos.cli('projections', 'rebuild', projection).then(() => true);
        await eventually(rebuild, { timeoutMs: 60_000, intervalMs: 1_000 });
        fault(`rebuild of ${projection}`);
      }
      await load.untilMore(COMMANDS);
    },
  },
];
