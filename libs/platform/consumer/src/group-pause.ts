/**
 * Two switches: `consumer.groups.paused`, which an operator turns, and the hold of the relay after the database was put
 * back. A paused member stays in its group and keeps its partitions; it takes no batch, so nothing of the group moves,
 * however often its process starts anew.
 */
import type { HealthCheck } from '@millrace/http';
import type { BatchOutcome, LogPosition, RecordBatch, RecordHandler, TopicPartition } from '@millrace/kafka';
import type { Database } from '@millrace/postgres';
import type { Metrics } from '@millrace/telemetry';

import { type GroupControl, readGroupControl } from './group-control.ts';

/** Pauses a group, or lets it go on. For the owner of the database. @returns whether that changed anything */
export async function setPaused(
  database: Database,
  group: string,
  { paused, by }: { readonly paused: boolean; readonly by: string },
): Promise<boolean> {
  const { rowCount } = await database.query(
    `insert into consumer.groups as g (consumer_group, paused, paused_at, paused_by)
     select $1, $2, case when $2 then clock_timestamp() end, case when $2 then $3 end
     where $2 or exists (select from consumer.groups where consumer_group = $1)
     on conflict (consumer_group) do update
       set paused = excluded.paused, paused_at = excluded.paused_at, paused_by = excluded.paused_by
     where g.paused <> excluded.paused`,
    [group, paused, by],
  );
  return rowCount === 1;
}

/** What a pausable handler works with. */
export type PausableHandlerParts = {
  readonly group: string;
  readonly database: Database;
  readonly handler: RecordHandler;
  readonly metrics: Metrics;
};

// A batch that is left is fetched again after so long.
const LOOK_AGAIN_MS = 1_000;

type Switches = Pick<GroupControl, 'paused' | 'held'>;

/** Takes batches while its group is neither paused nor held. */
export class PausableHandler implements RecordHandler {
  readonly #parts: PausableHandlerParts;
  // Unknown until it was read once: a process that starts while its group is paused takes no batch either.
  #switches: Switches | undefined;

  constructor(parts: PausableHandlerParts) {
    this.#parts = parts;
    parts.metrics.gauge({
      name: 'millrace_group_paused',
      help: '1 while an operator has paused the group, else 0.',
      labels: ['group'],
      collect: (gauge) => gauge.set({ group: parts.group }, this.paused ? 1 : 0),
    });
  }

  get paused(): boolean {
    return this.#switches?.paused ?? false;
  }

  /** For `/readyz`: a paused process is ready, and says why it does nothing. */
  get health(): HealthCheck {
    return { name: 'paused', check: async () => this.#reason() };
  }

  /** Is told what is asked of the group. */
  obey({ paused, held }: Switches): void {
    this.#switches = { paused, held };
  }

  position(at: TopicPartition): Promise<LogPosition | undefined> {
    return this.#parts.handler.position(at);
  }

  async handle(batch: RecordBatch): Promise<BatchOutcome> {
    if (await this.#mayGoOn()) return this.#parts.handler.handle(batch);
    return { readAgainInMs: LOOK_AGAIN_MS };
  }

  #reason(): string | undefined {
    if (this.#switches?.held) return 'the database was put back: nothing is read until `npx millrace recover` has run';
    return this.paused ? 'an operator has paused the group' : undefined;
  }

  async #mayGoOn(): Promise<boolean> {
    if (this.#switches === undefined) {
      const { database, group } = this.#parts;
      // Without an answer nothing is known: the batch is left, as it would be with the database away.
      const control = await readGroupControl(database, group).catch(() => undefined);
      if (control && this.#switches === undefined) this.obey(control);
    }
    return this.#switches !== undefined && !this.#switches.paused && !this.#switches.held;
  }
}
