/** Disk and clock: 26 and 27 of the list. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Quota } from '../harness/quota.ts';
import type { Attack, Scenario } from './scenario.ts';

const COMMANDS = 15;
const MINUTE_MS = 60_000;

/** The disk of one service is full for some seconds, then there is room again. */
function diskFull(name: string, quota: Quota): Scenario {
  return {
    name: `disk-full-${name}`,
    numbers: [26],
    about: `the disk of ${name} is full, then there is room again`,
    destroys: true,
    quota,
    recoverWithinMs: 240_000,
    async inject({ chaos, random, fault }) {
      const ballast = join(chaos.stack.home, quota.folder, 'ballast');
      fillWith(ballast);
      fault(`disk of ${name} full`);
      await delay(random.between(8_000, 15_000));
      rmSync(ballast);
    },
  };
}

function fillWith(file: string): void {
  try {
    execFileSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=64k'], { stdio: 'ignore' });
  } catch {
    // It ends when there is no room left, which is what was wanted.
  }
}

const skewed = ['command-api', 'hiring-saga', 'order-read-model-projection', 'relay-supervisor'];

/** Clocks of single processes jump, forth and back, while they run. */
const clocks: Scenario = {
  name: 'clock-jumps',
  numbers: [27],
  about: 'the clocks of command API, saga, projector and supervisor jump by up to an hour, forth and back',
  async inject(attack) {
    const { chaos, random, load, fault } = attack;
    const clocksOf = await startSkewed(attack);
    try {
      for (const minutes of [random.between(-60, -1), random.between(1, 45), -60, 0]) {
        const app = random.pick(skewed);
        writeFileSync(clocksOf(app), String(minutes * MINUTE_MS));
        fault(`clock of ${app} ${minutes} min`);
        await delay(random.between(500, 2_000));
        await load.untilMore(COMMANDS);
      }
    } finally {
      for (const app of skewed) {
        writeFileSync(clocksOf(app), '0');
        chaos.plan(app, {});
      }
    }
  },
};

async function startSkewed({ chaos }: Attack): Promise<(app: string) => string> {
  const folder = join(chaos.work, 'clocks');
  mkdirSync(folder, { recursive: true });
  for (const app of skewed) {
    chaos.plan(app, { clockFile: join(folder, app) });
    await chaos.restart(app);
  }
  return (app) => join(folder, app);
}

/** Every scenario of this family. */
export const machine: readonly Scenario[] = [
  diskFull('postgres', { folder: 'postgres', megabytes: 640 }),
  diskFull('kafka', { folder: 'kafka', megabytes: 640 }),
  clocks,
];
