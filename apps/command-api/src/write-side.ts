import { setTimeout as delay } from 'node:timers/promises';

import { EventEncoder } from '@millrace/avro';
import { CommandHandler, type CommandHandlerOptions } from '@millrace/command-handling';
import { internalCatalogues, storedEvents } from '@millrace/contracts/topology';
import { isMillraceError, MillraceError } from '@millrace/core';
import { PostgresEventStore } from '@millrace/event-store';
import { loadSchemaIds } from '@millrace/outbox';
import type { Database } from '@millrace/postgres';
import { SLOT_NAME } from '@millrace/relay/slot';
import type { Logger } from '@millrace/telemetry';

import { preflight } from './preflight.ts';
import { tenantGate } from './tenant-gate.ts';

export type WriteSideOptions = {
  readonly database: Database;
  readonly logger: Logger;
  readonly handling: Pick<
    CommandHandlerOptions,
    'snapshotIntervalEvents' | 'snapshotsKept' | 'mostAttempts' | 'aggregatesCached' | 'observer'
  >;
  /** Replication slot that must exist; that of the relay by default. */
  readonly slotName?: string;
};

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * What commands are handled with, and whether it is there yet:
 *
 *     waiting ──Postgres answers, preflight passes──▶ open
 *        │ ⟲ Postgres is down
 *        └──preflight fails──▶ the process ends: only a deployment mends that
 */
export class WriteSide {
  readonly #options: WriteSideOptions;
  readonly #closing = new AbortController();
  #handler: CommandHandler | undefined;

  constructor(options: WriteSideOptions) {
    this.#options = options;
  }

  /**
   * Waits for Postgres, however long it takes, and opens.
   * @throws MillraceError `PREFLIGHT_FAILED`
   */
  async open(): Promise<void> {
    for (
      let pauseMs = FIRST_PAUSE_MS;
      !this.#closing.signal.aborted;
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)
    ) {
      try {
        this.#handler = await makeHandler(this.#options);
        this.#options.logger.info('accepting commands');
        return;
      } catch (error) {
        if (!isMillraceError(error, 'STORE_UNAVAILABLE')) throw error;
        this.#options.logger.warn({ err: error, retryInMs: pauseMs }, 'waiting for Postgres');
      }
      await delay(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  /** @throws MillraceError `STORE_UNAVAILABLE` while it is not open */
  handler(): CommandHandler {
    if (!this.#handler) throw new MillraceError('STORE_UNAVAILABLE', 'the write side waits for Postgres');
    return this.#handler;
  }

  /** Rejects while commands could not be stored. */
  async check(): Promise<void> {
    this.handler();
    await this.#options.database.query('select');
  }

  close(): void {
    this.#closing.abort();
  }
}

async function makeHandler({ database, handling, slotName = SLOT_NAME }: WriteSideOptions): Promise<CommandHandler> {
  await preflight(database, { catalogues: internalCatalogues, slotName });
  const encoder = new EventEncoder(internalCatalogues, await loadSchemaIds(database));
  const encode = (type: string, data: unknown) => encoder.encode(type, data);
  const store = new PostgresEventStore({ database, catalogue: storedEvents, encode });
  return new CommandHandler({ store, catalogue: storedEvents, gate: tenantGate, ...handling });
}
