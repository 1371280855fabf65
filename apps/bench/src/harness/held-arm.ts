import type { Arm, Span } from './arm.ts';
import type { BenchDatabase } from './bench-postgres.ts';
import { drive, type Driver, type Load } from './load.ts';

/** What is started in the first turn of an arm and serves all of them. */
export type Held = {
  /** Its `check` is asked after each turn, while it runs, for all operations so far. */
  readonly driver: Driver;
  readonly database: Pick<BenchDatabase, 'name'>;
};

/** An arm that is kept from turn to turn: a server that is started anew would be compiled anew, and slow for long. */
export type HeldArm = Arm & { close(): Promise<void> };

/** @param firstWarmUp what the first turn discards: until then nothing is compiled */
export function heldArm(name: string, load: Load & { firstWarmUp: Span }, start: () => Promise<Held>): HeldArm {
  const done = new Array<number>(load.writers).fill(0);
  let held: Held | undefined;
  return {
    name,
    async measure(turn) {
      const warmUp = held ? turn.warmUp : load.firstWarmUp;
      held ??= await start();
      const { driver, database } = held;
      const before = [...done];
      const driving: Driver = {
        ...driver,
        async operate(writer, index) {
          await driver.operate(writer, (before[writer] ?? 0) + index);
          done[writer] = (before[writer] ?? 0) + index + 1;
        },
        close: async () => undefined,
        check: () => driver.check(done),
      };
      await load.postgres.checkpoint();
      return drive(driving, { ...load, ...turn, warmUp, database });
    },
    close: async () => held?.driver.close(),
  };
}
