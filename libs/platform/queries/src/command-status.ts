import type { Queryable } from './queryable.ts';

/** A command that was taken over to be carried out later, and what became of it. */
export type CommandStatus = {
  readonly status: 'pending' | 'accepted' | 'rejected';
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly correlationId: string;
  /** When it was taken over. */
  readonly createdAt: string;
  /** Acknowledgment or problem, once it is decided. */
  readonly answer: Readonly<Record<string, unknown>> | null;
};

/** What became of a command of a tenant; ask the primary, which alone has it as soon as it is promised. */
export async function findCommandStatus(
  database: Queryable,
  { tenantId, commandId }: { readonly tenantId: string; readonly commandId: string },
): Promise<CommandStatus | undefined> {
  const { rows } = await database.query<CommandStatus>({
    name: 'find command status',
    text: `select status, aggregate_type as "aggregateType", aggregate_id as "aggregateId",
                  context ->> 'correlationId' as "correlationId", created_at as "createdAt", answer
             from command.pending_commands where tenant_id = $1 and command_id = $2`,
    values: [tenantId, commandId],
  });
  return rows[0];
}
