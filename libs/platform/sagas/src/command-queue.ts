/** SQL of `saga.commands`: what is to be sent, by whom, and what became of it. */
import type { Database, Transaction } from '@millrace/postgres';

import type { SagaCommand } from './saga-instance.ts';

/** A command that this process may send now. */
export type LeasedCommand = SagaCommand & {
  /** This one is number `attempts`. */
  readonly attempts: number;
};

/** Longer than the sending of a command may take. A process that dies while sending gives it back by doing nothing. */
const LEASE_MS = 15_000;

/** The commands of one saga. */
export class CommandQueue {
  readonly #database: Database;
  readonly #saga: string;

  constructor(database: Database, saga: string) {
    this.#database = database;
    this.#saga = saga;
  }

  /**
   * Commands to send, at most `limit`: of each instance the first that is not settled. Nobody else gets them before their
   * lease is over.
   */
  async lease(limit: number): Promise<LeasedCommand[]> {
    const { rows } = await this.#database.query<LeasedCommand>({
      name: 'lease saga commands',
      text: `update saga.commands c
       set attempts = attempts + 1, due_at = clock_timestamp() + $3::double precision * interval '1 ms'
       where c.id in (
         select due.id from saga.commands due
         where due.saga = $1 and due.status = 'pending' and due.due_at <= clock_timestamp() and not exists (
           select from saga.commands earlier where earlier.status = 'pending' and earlier.saga = due.saga
             and earlier.tenant_id = due.tenant_id and earlier.instance_id = due.instance_id and earlier.seq < due.seq)
         order by due.seq limit $2 for update skip locked)
       returning c.id, c.tenant_id as "tenantId", c.instance_id as "instanceId", c.cause, c.type, c.data, c.attempts,
         c.correlation_id as "correlationId", c.causation_id as "causationId", c.traceparent`,
      values: [this.#saga, limit, LEASE_MS],
    });
    return rows;
  }

  /** Command-api has accepted it. */
  async markDone({ id }: LeasedCommand): Promise<void> {
    await this.#database.query(
      `update saga.commands set status = 'done', last_error = null, settled_at = clock_timestamp()
       where id = $1 and status = 'pending'`,
      [id],
    );
  }

  /** Could not be sent, or was not answered: to be tried again after a pause. */
  async markFailed({ id }: LeasedCommand, error: string, againInMs: number): Promise<void> {
    await this.#database.query(
      `update saga.commands set last_error = $2, due_at = clock_timestamp() + $3::double precision * interval '1 ms'
       where id = $1 and status = 'pending'`,
      [id, error, againInMs],
    );
  }

  /** @returns whether it was pending; another process may have settled it after the lease was over */
  async markRefused(transaction: Transaction, { id }: LeasedCommand, error: string): Promise<boolean> {
    const { rowCount } = await transaction.query(
      `update saga.commands set status = 'refused', last_error = $2, settled_at = clock_timestamp()
       where id = $1 and status = 'pending'`,
      [id, error],
    );
    return rowCount === 1;
  }

  /** Gives up what was to follow a command in the same reaction. */
  async dropRest(transaction: Transaction, { tenantId, instanceId, cause }: LeasedCommand): Promise<void> {
    await transaction.query(
      `update saga.commands set status = 'dropped', settled_at = clock_timestamp()
       where saga = $1 and tenant_id = $2 and instance_id = $3 and cause = $4 and status = 'pending'`,
      [this.#saga, tenantId, instanceId, cause],
    );
  }
}
