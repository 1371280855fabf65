import type { Database } from '@millrace/postgres';
import type { Counter, Logger, Metrics } from '@millrace/telemetry';

import type { CommandAnswer } from './command-client.ts';

const STATUSES = ['running', 'completed', 'failed'] as const;

type Standing = {
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  /** Age in seconds of the oldest that runs; 0 without one. */
  readonly oldestRunning: number;
  readonly pending: number;
  readonly oldestPending: number;
};

/** What a saga counts, and what is read from its tables at each scrape. */
export class SagaMetrics {
  readonly #saga: string;
  readonly #commands: Counter<'saga' | 'outcome'>;
  readonly #timeouts: Counter<'saga'>;

  constructor(metrics: Metrics, saga: string) {
    this.#saga = saga;
    this.#commands = metrics.counter({
      name: 'millrace_saga_commands_total',
      help: 'Commands sent, by what came of it: done, refused (the saga was told), failed (sent again later).',
      labels: ['saga', 'outcome'],
    });
    this.#timeouts = metrics.counter({
      name: 'millrace_saga_timeouts_total',
      help: 'Instances that were told that their time is up.',
      labels: ['saga'],
    });
    for (const outcome of ['done', 'refused', 'failed']) this.#commands.inc({ saga, outcome }, 0);
    this.#timeouts.inc({ saga }, 0);
  }

  commandAnswered(outcome: CommandAnswer['kind']): void {
    this.#commands.inc({ saga: this.#saga, outcome });
  }

  timeoutTold(): void {
    this.#timeouts.inc({ saga: this.#saga });
  }
}

/** Publishes how the instances of a saga stand as gauges. Without the database they keep their last values. */
export function exposeStanding(metrics: Metrics, saga: string, { database, logger }: Source): void {
  let reading: Promise<Standing | undefined> | undefined;
  // One query for all gauges of a scrape.
  const standing = () =>
    (reading ??= readStanding(database, saga)
      .catch((error: unknown) => void logger.warn({ err: error }, 'the standing of the saga cannot be read'))
      .finally(() => (reading = undefined)));
  for (const { of, name, help } of gauges) {
    metrics.gauge({
      name,
      help,
      labels: ['saga'],
      collect: async (gauge) => {
        const known = await standing();
        if (known) gauge.set({ saga }, known[of]);
      },
    });
  }
  metrics.gauge({
    name: 'millrace_saga_instances',
    help: 'Instances by status. A failed one is for a person to look at.',
    labels: ['saga', 'status'],
    collect: async (gauge) => {
      const known = await standing();
      for (const status of known ? STATUSES : []) gauge.set({ saga, status }, known?.[status] ?? 0);
    },
  });
}

type Source = { readonly database: Database; readonly logger: Logger };

const gauges = [
  { of: 'pending', name: 'millrace_saga_pending_commands', help: 'Commands that are not settled yet.' },
  {
    of: 'oldestPending',
    name: 'millrace_saga_oldest_pending_command_seconds',
    help: 'Age of the oldest command that is not settled yet; 0 without one.',
  },
  {
    of: 'oldestRunning',
    name: 'millrace_saga_oldest_running_seconds',
    help: 'Age of the oldest instance that runs; 0 without one.',
  },
] as const;

async function readStanding(database: Database, saga: string): Promise<Standing | undefined> {
  const { rows } = await database.query<Standing>(
    `select * from (
       select count(*) filter (where status = 'running') as running,
         count(*) filter (where status = 'completed') as completed,
         count(*) filter (where status = 'failed') as failed,
         coalesce(extract(epoch from clock_timestamp() - min(started_at) filter (where status = 'running')), 0)::float
           as "oldestRunning"
       from saga.instances where saga = $1) i, (
       select count(*) as pending,
         coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float as "oldestPending"
       from saga.commands where saga = $1 and status = 'pending') c`,
    [saga],
  );
  return rows[0];
}
