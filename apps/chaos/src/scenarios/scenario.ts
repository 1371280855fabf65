import type { Notice } from '../checkers/health.ts';
import type { ChaosStack } from '../harness/chaos-stack.ts';
import type { Quota } from '../harness/quota.ts';
import type { Journal } from '../load/journal.ts';
import type { Load, LoadTenant } from '../load/load.ts';
import type { Random } from '../random.ts';

/** What a scenario works with while the load runs. */
export type Attack = {
  readonly chaos: ChaosStack;
  readonly random: Random;
  readonly load: Load;
  readonly journal: Journal;
  readonly tenants: readonly LoadTenant[];
  /** Takes down what the topics hold now, before the scenario removes records that everybody has had. */
  readonly keepRecords: () => Promise<void>;
  /** Events that occurred until then were restored from a backup, which holds no outbox: they have no row of their own. */
  readonly restoredUntil: (moment: string) => void;
  /** Takes down one fault that was injected, for the table. */
  readonly fault: (name: string) => void;
};

/** One way to break the system. */
export type Scenario = {
  readonly name: string;
  /** Numbers in the list of fault tests. */
  readonly numbers: readonly number[];
  /** One sentence: what is broken. */
  readonly about: string;
  /** Part of the slice that runs in CI. */
  readonly quick?: boolean;
  /** The stack is of no use afterwards, and is made anew. */
  readonly destroys?: boolean;
  /** Needs a stack of its own, one folder of which holds only so much. */
  readonly quota?: Quota;
  /** The outbox is read again, so records may come twice. Effects may not. */
  readonly replays?: boolean;
  /**
   * Kafka itself loses records that consumers had. What is sent again stands behind what came meanwhile, so the order of
   * the log is judged without it.
   */
  readonly losesRecords?: boolean;
  /** Topics get more partitions, so that aggregates move to another one. Effects may not show it. */
  readonly repartitions?: boolean;
  /** From the end of the fault until all checkers agree; default 120,000. */
  readonly recoverWithinMs?: number;
  /** What must be red meanwhile, and by what name. */
  readonly notice?: Notice;
  /** Breaks the system under load, and mends what an outage would end by itself. Resolves at the end of the fault. */
  inject(attack: Attack): Promise<void>;
  /** What must hold besides the checkers, when all of them agree. @throws Error with what does not */
  afterwards?(attack: Attack): Promise<void>;
};
