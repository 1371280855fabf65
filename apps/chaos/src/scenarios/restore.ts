/** A store that was put back while Kafka has gone on: 18 and 43 of the list. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '@millrace/testing';

import { copyData } from '../harness/postgres-files.ts';
import type { Attack, Scenario } from './scenario.ts';

const COMMANDS = 30;
const TAKES_COMMANDS_MS = 240_000;

/** Stops Postgres, does something to its files, and starts it again. */
async function withFiles({ chaos }: Attack, work: (data: string) => void): Promise<void> {
  await chaos.stack.pause('postgres');
  work(join(chaos.stack.home, 'postgres', 'data'));
  await chaos.stack.resume('postgres');
  await chaos.untilReady();
}

/** Every scenario of this family. */
export const restore: readonly Scenario[] = [
  {
    name: 'restore-with-kafka-ahead',
    numbers: [18, 43],
    about: 'an older copy of Postgres is put back; nothing is streamed until the operator runs `millrace recover`',
    destroys: true,
    replays: true,
    recoverWithinMs: 240_000,
    notice: { causes: ['store_went_back'] },
    async inject(attack) {
      const { chaos, load, journal, fault } = attack;
      const copy = join(chaos.work, 'copy');
      await load.stop();
      const mark = journal.mark();
      await withFiles(attack, (data) => copyData(data, copy));
      load.start();
      await load.untilMore(COMMANDS, TAKES_COMMANDS_MS);
      await load.stop();
      // So that Kafka and the read models are ahead of what is put back.
      await delay(5_000);
      await withFiles(attack, (data) => copyData(copy, data));
      journal.rollBack(mark);
      fault('older store put back');
      await eventually(
        async () => (await chaos.ask('relay-supervisor', '/metrics')).text.includes('"store_went_back"} 1'),
        {
          timeoutMs: 60_000,
          intervalMs: 500,
        },
      );
      await chaos.cli('recover');
      fault('millrace recover');
      load.start();
    },
  },
];
