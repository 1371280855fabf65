import type { Database } from '@millrace/postgres';

import type { ConnectClient, ConnectorState } from './connect-client.ts';
import { diagnose, waitsFor } from './diagnosis.ts';
import { restorePublication } from './publication.ts';
import { type RelayFacts, RelayObserver } from './relay-facts.ts';
import { holdRelay, releaseRelay } from './relay-hold.ts';
import type { RelayCause, RelayProblem } from './relay-problem.ts';
import type { RelayTopics } from './relay-topics.ts';
import { quarantine, replaceSlot } from './replace-slot.ts';
import { dropSlot, type SlotState } from './slot.ts';

/** What the keeper can do; the label of the metric `millrace_relay_repairs_total`. */
export const relayActions = [
  'registered',
  'restarted',
  'slot-replaced',
  'topics-created',
  'quarantined',
  'held',
  'released',
] as const;

/** Something that was done, and why. */
export type RelayRepair = { readonly action: (typeof relayActions)[number]; readonly detail: string };

/** What one check found and did. */
export type RelayReport = {
  /** Absent while rows flow, and while a start or a repair takes no longer than it may. */
  readonly problem: RelayProblem | undefined;
  readonly repair: RelayRepair | undefined;
  /** What there is to wait for; absent while rows flow. */
  readonly waitsFor: string | undefined;
  readonly slot: SlotState;
  readonly connector: ConnectorState | 'unreachable';
};

/** Ports of the keeper. `configure` puts the connector as `millrace deploy` does. */
export type RelayKeeperOptions = {
  readonly database: Database;
  readonly connect: ConnectClient;
  readonly configure: () => Promise<void>;
  /** Without them, missing topics and rows for unknown ones are not looked for. */
  readonly topics?: RelayTopics;
};

/** Between two restarts; doubles while they do not help. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 120_000;
// A large transaction is confirmed when all of it has been sent. A restart would let it begin again.
const BEHIND_RESTART_MS = 120_000;

/**
 * Keeps Debezium streaming. Each check looks at Connect, the slot, the topics and the canaries, names the cause
 * (`diagnose`), and does what is safe to do about it:
 *
 *     store_went_back ──────▶ hold: stop, and stay stopped until `millrace recover` has made Connect forget
 *     connect_unreachable ──▶ nothing but wait
 *     connector_absent ─────▶ register it
 *     slot_lost ────────────▶ stop, drop the slot, resume: Debezium makes a new one and reads the outbox again
 *     slot_advanced ────────▶ the same, as long as Connect has not gone on from there; only drop it where nothing runs
 *     publication_drift ────▶ as slot_lost, and put it right before the new slot: what was committed meanwhile is in no stream
 *     topic_missing ────────▶ make it as deploy does; the connector goes on by itself
 *     poison_row ───────────▶ move the row to outbox.quarantine, then as slot_lost
 *     connector_failed ─────▶ restart, with growing pauses
 *     slot_missing, unread ─▶ restart, with growing pauses
 *     slot_behind ──────────▶ after two minutes: restart
 *     canary_late ──────────▶ nothing: what it is late for is another cause, or lost, and the auditor sends it again
 *     none ─────────────────▶ nothing; what a repair has left undone is completed
 *
 * A slot that is missing while the connector is down needs nothing: `snapshot.mode=when_needed` repairs it at its start.
 */
export class RelayKeeper {
  readonly #options: RelayKeeperOptions;
  readonly #observer: RelayObserver;
  #restarts = 0;
  #restartedAt = -Infinity;

  constructor(options: RelayKeeperOptions) {
    this.#options = options;
    this.#observer = new RelayObserver(options);
  }

  /** Looks once and repairs what it can. @throws MillraceError `STORE_UNAVAILABLE` when Postgres cannot be asked */
  async check(): Promise<RelayReport> {
    const facts = await this.#observer.look();
    const { slot, connector } = facts;
    const problem = diagnose(facts);
    const repair = await this.#repair(facts, problem);
    return { problem, repair, slot, connector, waitsFor: problem ? undefined : waitsFor(facts) };
  }

  readonly #repairs: Readonly<
    Record<RelayCause, (facts: RelayFacts, problem: RelayProblem) => Promise<RelayRepair | undefined>>
  > = {
    store_went_back: (facts, problem) => this.#hold(facts, problem),
    connect_unreachable: async () => undefined,
    connector_absent: async (_, { detail }) => {
      await this.#options.configure();
      return { action: 'registered', detail };
    },
    slot_lost: (_, problem) => this.#replaceSlot(problem),
    slot_advanced: (facts, problem) => this.#discardSlot(facts, problem),
    publication_drift: (facts, problem) => this.#discardSlot(facts, problem),
    topic_missing: async () => {
      const created = (await this.#options.topics?.create()) ?? [];
      return created.length > 0 ? { action: 'topics-created', detail: created.join(', ') } : undefined;
    },
    poison_row: async ({ poison }, { detail }) => {
      const taken = await quarantine(this.#options, poison);
      return taken.length > 0 ? { action: 'quarantined', detail } : undefined;
    },
    connector_failed: (_, { detail }) => this.#restart(detail),
    slot_missing: (facts, { detail }) => this.#restartUnlessStopped(facts, detail),
    slot_unread: (facts, { detail }) => this.#restartUnlessStopped(facts, detail),
    slot_behind: async ({ behindMs }, { detail }) => (behindMs > BEHIND_RESTART_MS ? this.#restart(detail) : undefined),
    canary_late: async () => undefined,
  };

  async #repair(facts: RelayFacts, problem: RelayProblem | undefined): Promise<RelayRepair | undefined> {
    const { hold, slot } = facts;
    // What a repair has begun, perhaps in another process, is completed first.
    if (hold && hold.cause !== 'store_went_back') return this.#replaceSlot(hold);
    if (problem) return this.#repairs[problem.cause](facts, problem);
    if (slot.exists && slot.active && performance.now() - this.#restartedAt > LONGEST_PAUSE_MS) this.#restarts = 0;
    return undefined;
  }

  async #hold(
    { hold, restoredAt, storedLsn, connector }: RelayFacts,
    problem: RelayProblem,
  ): Promise<RelayRepair | undefined> {
    const { database, connect } = this.#options;
    if (hold && storedLsn === 'absent' && restoredAt === undefined) {
      await releaseRelay(database);
      return { action: 'released', detail: 'Connect has forgotten what it had read' };
    }
    const isNew = await holdRelay(database, problem);
    if (connector !== 'unreachable' && connector.connector !== 'STOPPED' && connector.connector !== 'absent')
      await connect.stop();
    return isNew ? { action: 'held', detail: problem.detail } : undefined;
  }

  async #replaceSlot(problem: RelayProblem): Promise<RelayRepair | undefined> {
    const isDone = await replaceSlot(this.#options, problem);
    return isDone ? { action: 'slot-replaced', detail: problem.detail } : undefined;
  }

  /** A connector that does not run makes its slot when it starts, and a worker that is away cannot be told anything. */
  async #discardSlot({ connector }: RelayFacts, problem: RelayProblem): Promise<RelayRepair | undefined> {
    if (connector !== 'unreachable' && !isAtRest(connector)) return this.#replaceSlot(problem);
    await dropSlot(this.#options.database);
    await restorePublication(this.#options.database);
    return { action: 'slot-replaced', detail: problem.detail };
  }

  /** What somebody has stopped on purpose is theirs. */
  async #restartUnlessStopped({ connector }: RelayFacts, detail: string): Promise<RelayRepair | undefined> {
    return connector !== 'unreachable' && isAtRest(connector) ? undefined : this.#restart(detail);
  }

  async #restart(detail: string): Promise<RelayRepair | undefined> {
    const pauseMs = this.#restarts === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (this.#restarts - 1), LONGEST_PAUSE_MS);
    if (performance.now() - this.#restartedAt < pauseMs) return undefined;
    this.#restarts += 1;
    this.#restartedAt = performance.now();
    await this.#options.connect.restart();
    return { action: 'restarted', detail };
  }
}

function isAtRest({ connector }: ConnectorState): boolean {
  return connector === 'STOPPED' || connector === 'PAUSED';
}
