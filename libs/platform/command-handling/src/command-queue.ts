/**
 * Commands that are carried out later, in schema `command`:
 *
 *     accept ──▶ pending ──claim──▶ leased to one worker ──finish──▶ accepted | rejected ──24 h──▶ gone
 *                   ▲                    │
 *                   └──lease runs out────┘  the worker died, or put it off
 *
 * A command that was taken up twice takes effect once: it has an idempotency key, of its sender or made of its own id.
 */
import { MillraceError } from '@millrace/core';
import type { Database } from '@millrace/postgres';
import { v7 as uuidv7 } from 'uuid';

import type { SentCommand } from './command-request.ts';

/** A command to be carried out later, and who sent it. */
export type QueuedCommand = Omit<SentCommand, 'idempotency'> & {
  readonly aggregateType: string;
  /** Tenant of the sender, who may ask for the outcome; the command's own is in its context. */
  readonly senderTenantId: string;
  readonly requestHash: string;
  /** Key of the sender, under which it may send the request again. */
  readonly idempotencyKey?: string | undefined;
};

/** The promise that a command will be decided. `timestamp` is that of the promise. */
export type Promised = {
  readonly commandId: string;
  readonly aggregateId: string;
  readonly timestamp: string;
  readonly correlationId: string;
};

/** A command that is this worker's until its lease ends. */
export type ClaimedCommand = {
  readonly senderTenantId: string;
  readonly commandId: string;
  /** Which claim this is; a later one makes it void. */
  readonly attempt: number;
  readonly acceptedAt: string;
  /** Its context says when it was accepted; whoever carries it out sets the time of the decision. */
  readonly sent: SentCommand;
};

/** How a command ended, with the body of the answer. */
export type CommandEnd = { readonly status: 'accepted' | 'rejected'; readonly answer: object };

/** Most commands looked at for a claim: one busy aggregate must not make each claim read all that waits. */
const CLAIM_WINDOW = 1_000;

/** The table of pending commands, for role millrace_command. */
export class CommandQueue {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Takes a command over. The same key with the same request gets the promise that it got before.
   * @throws MillraceError `IDEMPOTENCY_KEY_REUSED`, `STORE_UNAVAILABLE`
   */
  async accept(queued: QueuedCommand): Promise<Promised> {
    const { command, aggregateType, aggregateId, context, ifMatch, senderTenantId, requestHash } = queued;
    const commandId = uuidv7();
    const { rows } = await this.#database.query<Promised & { request_hash: string }>({
      name: 'accept command',
      // The update changes nothing: it makes the row that is there already come back.
      text: `insert into command.pending_commands (tenant_id, command_id, user_id, stream_tenant_id, aggregate_type, aggregate_id,
               command, context, if_match, idempotency_key, request_hash)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict (tenant_id, idempotency_key) do update set request_hash = pending_commands.request_hash
             returning command_id as "commandId", aggregate_id as "aggregateId", created_at as "timestamp",
                       context->>'correlationId' as "correlationId", request_hash`,
      values: [
        ...[senderTenantId, commandId, context.userId, context.tenantId, aggregateType, aggregateId],
        ...[JSON.stringify(command), JSON.stringify(context), ifMatch, queued.idempotencyKey ?? commandId, requestHash],
      ],
    });
    const [row] = rows;
    if (row?.request_hash !== requestHash) {
      throw new MillraceError('IDEMPOTENCY_KEY_REUSED', 'the idempotency key was used for another request');
    }
    const { request_hash: _, ...promised } = row;
    return promised;
  }

  /** Takes up to `limit` commands for so long: the oldest of each aggregate, so that its commands keep their order. */
  async claim(limit: number, leaseMs: number): Promise<ClaimedCommand[]> {
    const { rows } = await this.#database.query<ClaimedRow>({
      name: 'claim commands',
      text: `with oldest as (
          select tenant_id, command_id, position, stream_tenant_id, aggregate_type, aggregate_id
            from command.pending_commands where status = 'pending' order by position limit ${CLAIM_WINDOW}),
        heads as (
          select distinct on (stream_tenant_id, aggregate_type, aggregate_id) tenant_id, command_id from oldest
           order by stream_tenant_id, aggregate_type, aggregate_id, position),
        free as (
          select tenant_id, command_id from command.pending_commands join heads using (tenant_id, command_id)
           where status = 'pending' and coalesce(leased_until < clock_timestamp(), true)
           order by position limit $1 for update of pending_commands skip locked)
        update command.pending_commands as pending
           set attempts = attempts + 1, leased_until = clock_timestamp() + make_interval(secs => $2 / 1000.0)
          from free where (pending.tenant_id, pending.command_id) = (free.tenant_id, free.command_id)
        returning pending.tenant_id, pending.command_id, attempts, created_at, command, aggregate_id, context, if_match,
                  idempotency_key, request_hash`,
      values: [limit, leaseMs],
    });
    return rows.map(claimedCommand);
  }

  /** Keeps commands for longer, or with 0 lets go of them. Those that another worker has taken up meanwhile stay its. */
  async hold(claimed: readonly ClaimedCommand[], leaseMs: number): Promise<void> {
    await this.#database.query({
      name: 'hold commands',
      text: `update command.pending_commands as pending
                set leased_until = clock_timestamp() + make_interval(secs => $4 / 1000.0)
               from unnest($1::text[], $2::uuid[], $3::integer[]) as mine (tenant_id, command_id, attempt)
              where (pending.tenant_id, pending.command_id) = (mine.tenant_id, mine.command_id)
                and attempts = attempt and status = 'pending'`,
      values: [
        claimed.map(({ senderTenantId }) => senderTenantId),
        claimed.map(({ commandId }) => commandId),
        claimed.map(({ attempt }) => attempt),
        leaseMs,
      ],
    });
  }

  /** @returns false when another worker has taken the command up meanwhile: then its word counts */
  async finish({ senderTenantId, commandId, attempt }: ClaimedCommand, end: CommandEnd): Promise<boolean> {
    const { rowCount } = await this.#database.query({
      name: 'finish command',
      text: `update command.pending_commands
                set status = $4, answer = $5, finished_at = clock_timestamp(), leased_until = null
              where tenant_id = $1 and command_id = $2 and attempts = $3 and status = 'pending'`,
      values: [senderTenantId, commandId, attempt, end.status, JSON.stringify(end.answer)],
    });
    return rowCount === 1;
  }
}

type ClaimedRow = {
  readonly tenant_id: string;
  readonly command_id: string;
  readonly attempts: number;
  readonly created_at: string;
  readonly command: SentCommand['command'];
  readonly aggregate_id: string;
  readonly context: SentCommand['context'];
  readonly if_match: number | null;
  readonly idempotency_key: string;
  readonly request_hash: string;
};

function claimedCommand(row: ClaimedRow): ClaimedCommand {
  const { command, aggregate_id: aggregateId, context } = row;
  return {
    senderTenantId: row.tenant_id,
    commandId: row.command_id,
    attempt: row.attempts,
    acceptedAt: row.created_at,
    sent: {
      command,
      aggregateId,
      context,
      ifMatch: row.if_match ?? undefined,
      idempotency: { key: row.idempotency_key, requestHash: row.request_hash },
    },
  };
}

/**
 * Forgets commands that ended more than `olderThanHours` ago; a scheduler calls it with the owner's connection.
 * @returns how many
 */
export async function purgeFinishedCommands(database: Database, olderThanHours: number): Promise<number> {
  const { rowCount } = await database.query(
    `delete from command.pending_commands
      where status <> 'pending' and finished_at < now() - make_interval(hours => $1)`,
    [olderThanHours],
  );
  return rowCount ?? 0;
}
