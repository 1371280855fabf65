import { isMillraceError } from '@millrace/core';
import type { Database } from '@millrace/postgres';

import type { ConnectClient, ConnectorState } from './connect-client.ts';
import { dropSlot, readSlot, type SlotState } from './slot.ts';

/** What one check found and did. `streaming` means that nothing had to be done. */
export type RelayVerdict =
  | { readonly action: 'streaming' }
  | { readonly action: 'waiting'; readonly reason: string }
  | { readonly action: 'registered' | 'restarted' | 'slot-replaced'; readonly reason: string };

/** A check with the facts it rests on, for metrics and readiness. */
export type RelayReport = {
  readonly verdict: RelayVerdict;
  readonly slot: SlotState;
  readonly connector: ConnectorState | 'unreachable';
};

/** Ports of the keeper. `configure` puts the connector as `millrace deploy` does. */
export type RelayKeeperOptions = {
  readonly database: Database;
  readonly connect: ConnectClient;
  readonly configure: () => Promise<void>;
  /** How often in a row the slot may be found unread while the connector says RUNNING, before a restart. Default 6. */
  readonly patienceChecks?: number;
};

/**
 * Keeps Debezium streaming. Connect's own RUNNING is not health, so each check looks at the slot as well:
 *
 *     connector absent ─────────────▶ register it
 *     slot lost (WAL cut off) ──────▶ stop, drop the slot, resume: Debezium makes a new one and reads the outbox again
 *     task or connector FAILED ─────▶ restart
 *     RUNNING but slot unread ──────▶ after `patienceChecks` checks in a row: restart
 *     otherwise ────────────────────▶ streaming
 *
 * A slot that is missing while the connector is down needs nothing: `snapshot.mode=when_needed` repairs it at its start.
 */
export class RelayKeeper {
  readonly #options: Required<RelayKeeperOptions>;
  #unreadChecks = 0;

  constructor(options: RelayKeeperOptions) {
    this.#options = { patienceChecks: 6, ...options };
  }

  /** Looks once and repairs what it can. @throws MillraceError `STORE_UNAVAILABLE` when Postgres cannot be asked */
  async check(): Promise<RelayReport> {
    const slot = await readSlot(this.#options.database);
    const connector = await this.#connectorState();
    const verdict =
      connector === 'unreachable' ? waiting('Kafka Connect is unreachable') : await this.#repair(slot, connector);
    return { verdict, slot, connector };
  }

  async #connectorState(): Promise<ConnectorState | 'unreachable'> {
    try {
      return await this.#options.connect.state();
    } catch (error) {
      if (isMillraceError(error, 'CONNECT_UNAVAILABLE')) return 'unreachable';
      throw error;
    }
  }

  async #repair(slot: SlotState, { connector, task, trace }: ConnectorState): Promise<RelayVerdict> {
    const { connect, configure } = this.#options;
    if (connector === 'absent') {
      await configure();
      return { action: 'registered', reason: 'the connector was not registered' };
    }
    if (slot.exists && slot.lost) return this.#replaceSlot();
    if (connector === 'FAILED' || task === 'FAILED') {
      await connect.restart();
      return { action: 'restarted', reason: trace.split('\n', 1)[0] ?? '' };
    }
    if (task !== 'RUNNING') return waiting(`the task is ${task}`);
    return this.#watchReader(slot);
  }

  async #watchReader(slot: SlotState): Promise<RelayVerdict> {
    if (slot.exists && slot.active) {
      this.#unreadChecks = 0;
      return { action: 'streaming' };
    }
    this.#unreadChecks += 1;
    if (this.#unreadChecks < this.#options.patienceChecks) return waiting('nobody reads the slot yet');
    this.#unreadChecks = 0;
    await this.#options.connect.restart();
    return {
      action: 'restarted',
      reason: slot.exists
        ? 'Connect says RUNNING, but nobody reads the slot'
        : 'Connect says RUNNING, but the slot is missing',
    };
  }

  async #replaceSlot(): Promise<RelayVerdict> {
    const { connect, database } = this.#options;
    await connect.stop();
    await dropSlot(database);
    const { exists } = await readSlot(database);
    if (exists) return waiting('the lost slot is still held by the connector');
    await connect.resume();
    return { action: 'slot-replaced', reason: 'Postgres had cut off the WAL of the slot' };
  }
}

function waiting(reason: string): RelayVerdict {
  return { action: 'waiting', reason };
}
