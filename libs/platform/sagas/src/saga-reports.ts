/** What operators see of sagas. */
import type { SagaStatus } from '@millrace/core';
import type { Database } from '@millrace/postgres';

/** One instance in a list. */
export type SagaSummary = {
  readonly saga: string;
  readonly tenantId: string;
  readonly instanceId: string;
  readonly status: SagaStatus;
  readonly failure: string | null;
  readonly correlationId: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly timeoutAt: string | null;
  /** Seconds since its start. */
  readonly ageSeconds: number;
  /** The command that it waits for, with the error of its last attempt; null where none is pending. */
  readonly pendingCommand: string | null;
  readonly lastError: string | null;
};

/** What became of one command of an instance. */
export type SagaCommandReport = {
  readonly commandId: string;
  readonly type: string;
  readonly data: unknown;
  readonly status: 'pending' | 'done' | 'refused' | 'dropped';
  readonly attempts: number;
  readonly lastError: string | null;
  readonly causationId: string;
  readonly createdAt: string;
  readonly settledAt: string | null;
};

/** All that is known of one instance. */
export type SagaReport = SagaSummary & {
  readonly state: unknown;
  readonly keys: readonly string[];
  readonly commands: readonly SagaCommandReport[];
};

/** Which instances to list. */
export type SagaFilter = {
  readonly saga?: string;
  readonly tenantId?: string;
  readonly status?: SagaStatus;
  readonly limit: number;
};

const SUMMARY = `i.saga, i.tenant_id as "tenantId", i.instance_id as "instanceId", i.status, i.failure,
  i.correlation_id as "correlationId", i.started_at as "startedAt", i.updated_at as "updatedAt",
  i.timeout_at as "timeoutAt", floor(extract(epoch from clock_timestamp() - i.started_at))::integer as "ageSeconds",
  c.type as "pendingCommand", c.last_error as "lastError"`;

const FIRST_PENDING = `left join lateral (
    select type, last_error from saga.commands c where c.saga = i.saga and c.tenant_id = i.tenant_id
      and c.instance_id = i.instance_id and c.status = 'pending' order by c.seq limit 1) c on true`;

/** Instances: those that need a look first (failed, then running, the oldest first), then the completed, newest first. */
export async function listSagas(database: Database, filter: SagaFilter): Promise<SagaSummary[]> {
  const { rows } = await database.query<SagaSummary>(
    `select ${SUMMARY} from (
       select * from saga.instances where ($1::text is null or saga = $1) and ($2::text is null or tenant_id = $2)
         and ($3::text is null or status = $3)
       order by array_position(array['failed', 'running', 'completed'], status),
         case when status = 'completed' then null else started_at end, started_at desc
       limit $4) i ${FIRST_PENDING}
     order by array_position(array['failed', 'running', 'completed'], i.status),
       case when i.status = 'completed' then null else i.started_at end, i.started_at desc`,
    [filter.saga, filter.tenantId, filter.status, filter.limit],
  );
  return rows;
}

/** One instance with its state, keys and commands in their order; `undefined` where there is none. */
export async function readSaga(
  database: Database,
  { saga, tenantId, instanceId }: Pick<SagaSummary, 'saga' | 'tenantId' | 'instanceId'>,
): Promise<SagaReport | undefined> {
  const key = [saga, tenantId, instanceId];
  const { rows } = await database.query<Omit<SagaReport, 'commands'>>(
    `select ${SUMMARY}, i.state, array(
       select key from saga.correlation_keys k
       where k.saga = i.saga and k.tenant_id = i.tenant_id and k.instance_id = i.instance_id order by key) as keys
     from saga.instances i ${FIRST_PENDING}
     where i.saga = $1 and i.tenant_id = $2 and i.instance_id = $3`,
    key,
  );
  const [found] = rows;
  if (!found) return undefined;
  const { rows: commands } = await database.query<SagaCommandReport>(
    `select id as "commandId", type, data, status, attempts, last_error as "lastError", causation_id as "causationId",
       created_at as "createdAt", settled_at as "settledAt"
     from saga.commands where saga = $1 and tenant_id = $2 and instance_id = $3 order by seq`,
    key,
  );
  return { ...found, commands };
}
