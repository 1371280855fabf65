import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@millrace/testing';

import { type Database, migrate, openDatabase, setRolePasswords } from './index.ts';

let created: TestDatabase;
let owner: Database;
const roles = {} as Record<keyof TestDatabase['roleUrls'], Database>;
beforeAll(async () => {
  created = await createTestDatabase();
  owner = openDatabase({ url: created.url });
  for (const [role, url] of Object.entries(created.roleUrls)) roles[role as keyof typeof roles] = openDatabase({ url });
});
afterAll(async () => {
  await Promise.all([owner, ...Object.values(roles)].map((database) => database.close()));
  await created.drop();
});

const INSERT_EVENT = `insert into event_store.events (tenant_id, aggregate_type, aggregate_id, sequence_number, event_id, event_type, event_version, payload, correlation_id, traceparent, occurred_at)
  values ('acme', 'order', '1', $1, gen_random_uuid(), 'OrderCreated', 1, '{}', 'correlation', 'trace', now())`;
const PERMISSION_DENIED = '42501';
const APPEND_ONLY = '23001';

describe('migrations', () => {
  const schema = async () =>
    (
      await owner.query(`select table_schema, table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
       where table_schema in ('event_store', 'outbox', 'consumer', 'read_model') order by 1, 2, 3`)
    ).rows;

  it('JOB-3 run a second time without changing anything', async () => {
    const before = await schema();
    expect(await migrate(created.url)).toEqual([]);
    expect(await schema()).toEqual(before);
  });

  it('JOB-3 wait for each other when two processes start at once', async () => {
    const name = `${new URL(created.url).pathname.slice(1)}_twice`;
    await owner.query(`create database ${name}`);
    const url = new URL(created.url);
    url.pathname = name;
    try {
      const runs = await Promise.all([migrate(url.href), migrate(url.href)]);
      expect(runs.map((names) => names.length).sort()[0]).toBe(0);
      expect(runs.flat()).toContain('0002_event_store');
    } finally {
      await owner.query(`drop database ${name} with (force)`);
    }
  });
});

describe('event_store.events', () => {
  beforeAll(() => owner.query(INSERT_EVENT, [1]));

  it('SHR-5 JOB-1 ACC-6 ACC-11 TOX-13 T-18 T-20 T-69 has the columns of the envelope, required and optional ones', async () => {
    const { rows } = await owner.query<{ name: string; type: string; nullable: string }>(
      `select column_name as name, data_type as type, is_nullable as nullable from information_schema.columns
        where table_schema = 'event_store' and table_name = 'events'`,
    );
    const columns = Object.fromEntries(
      rows.map(({ name, type, nullable }) => [name, `${type}${nullable === 'YES' ? ', optional' : ''}`]),
    );
    expect(columns).toEqual({
      tenant_id: 'text',
      aggregate_type: 'character varying',
      aggregate_id: 'text',
      sequence_number: 'bigint',
      event_id: 'uuid',
      event_type: 'character varying',
      event_version: 'integer',
      payload: 'jsonb',
      metadata: 'jsonb',
      correlation_id: 'text',
      causation_id: 'text, optional',
      user_id: 'text, optional',
      session_id: 'text, optional',
      traceparent: 'text',
      occurred_at: 'timestamp with time zone',
      created_at: 'timestamp with time zone',
      transaction_id: 'xid8',
      global_position: 'bigint',
    });
  });

  it('JOB-2 has one index on stream and version, which is unique; the log of all events has one on their type', async () => {
    const { rows } = await owner.query<{ indexdef: string }>(
      `select indexdef from pg_indexes where (schemaname, tablename) in (('event_store', 'events'), ('read_model', 'event_log'))`,
    );
    const definitions = rows.map(({ indexdef }) => indexdef);
    expect(definitions).toContainEqual(
      expect.stringMatching(
        /^CREATE UNIQUE INDEX .*\.events .*\(tenant_id, aggregate_type, aggregate_id, sequence_number\)/,
      ),
    );
    expect(definitions).toContainEqual(expect.stringMatching(/\.event_log .*\(tenant_id, event_type,/));
  });

  it('ORD-1 T-1 TOX-13 refuses the same position of a stream twice', async () => {
    await owner.query(INSERT_EVENT, [100]);
    await expect(owner.query(INSERT_EVENT, [100])).rejects.toMatchObject({ code: '23505' });
  });

  it.each([
    ['update', `update event_store.events set payload = '[]'`],
    ['update of the partition', `update event_store.events_default set payload = '[]'`],
    ['delete', 'delete from event_store.events'],
    ['truncate', 'truncate event_store.events'],
    ['truncate of the partition', 'truncate event_store.events_default'],
  ])('SHR-6 JOB-9 ORD-28 refuses %s to every app by grant, and to the owner by trigger', async (_, statement) => {
    for (const role of Object.values(roles)) {
      await expect(role.query(statement)).rejects.toMatchObject({ code: PERMISSION_DENIED });
    }
    await expect(owner.query(statement)).rejects.toMatchObject({
      code: APPEND_ONLY,
      message: expect.stringContaining('never changed'),
    });
  });

  it('ORD-28 takes events from the command role alone', async () => {
    const { command, ...others } = roles;
    for (const role of Object.values(others)) {
      await expect(role.query(INSERT_EVENT, [300])).rejects.toMatchObject({ code: PERMISSION_DENIED });
    }
    await command.query(INSERT_EVENT, [300]);
  });

  it('ORD-28 offers no role a way around: rules, triggers, ownership', async () => {
    for (const role of Object.values(roles)) {
      await expect(role.query('alter table event_store.events disable trigger all')).rejects.toMatchObject({
        code: PERMISSION_DENIED,
      });
      await expect(role.query(`set session_replication_role = 'replica'`)).rejects.toMatchObject({
        code: PERMISSION_DENIED,
      });
    }
  });
});

describe('event_store.snapshots', () => {
  it('ORD-3 ACC-12 has state, place and age of each, and one for a place of a stream', async () => {
    const { rows } = await owner.query<{ name: string; type: string }>(
      `select column_name as name, data_type as type from information_schema.columns
        where table_schema = 'event_store' and table_name = 'snapshots'`,
    );
    expect(Object.fromEntries(rows.map(({ name, type }) => [name, type]))).toEqual({
      snapshot_id: 'uuid',
      tenant_id: 'text',
      aggregate_type: 'character varying',
      aggregate_id: 'text',
      sequence_number: 'bigint',
      state_version: 'integer',
      state: 'jsonb',
      event_count: 'bigint',
      metadata: 'jsonb',
      created_at: 'timestamp with time zone',
    });
    const snapshot = `insert into event_store.snapshots (tenant_id, aggregate_type, aggregate_id, sequence_number, state_version, state, event_count)
      values ('acme', 'order', '1', 100, 1, '{}', 100)`;
    await owner.query(snapshot);
    await expect(owner.query(snapshot)).rejects.toMatchObject({ code: '23505' });
  });
});

describe('roles', () => {
  it('have their passwords after several that deploy to one server at once', async () => {
    const { url } = created;
    const once = () => setRolePasswords(url, { millrace_query: 'test', millrace_backup: 'test' });
    await expect(Promise.all(Array.from({ length: 8 }, once))).resolves.toHaveLength(8);
  });

  it('ORD-4 ORD-58 nobody but projectors writes what orders are now', async () => {
    const { rows } = await owner.query<{ role: string; table: string }>(
      `select distinct rolname as role, name as table
         from pg_roles, unnest(array['order_read_model', 'orders_by_customer', 'orders_by_status']) as name,
              unnest(array['insert', 'update', 'delete', 'truncate']) as privilege
        where rolname like 'millrace\\_%' and not rolsuper and has_table_privilege(rolname, 'read_model.' || name, privilege)
          and not pg_has_role(rolname, (select relowner from pg_class where oid = ('read_model.' || name)::regclass), 'usage')
        order by name`,
    );
    expect(rows).toEqual(
      ['order_read_model', 'orders_by_customer', 'orders_by_status'].map((table) => ({
        role: 'millrace_projector',
        table,
      })),
    );
  });

  it.each([
    ['outbox.outbox_messages', 'update', ['command', 'projector', 'query', 'cdc', 'backup']],
    ['outbox.outbox_messages', 'insert', ['query', 'cdc', 'backup']],
    ['outbox.outbox_messages', 'delete', ['command', 'projector', 'query', 'cdc', 'backup']],
    ['read_model.order_read_model', 'insert', ['command', 'query', 'cdc', 'backup']],
    ['read_model.order_read_model', 'select', ['command', 'cdc']],
    ['consumer.positions', 'update', ['command', 'query', 'cdc', 'backup']],
    ['event_store.idempotency_keys', 'select', ['projector', 'query', 'cdc']],
    ['event_store.idempotency_keys', 'update', ['command', 'projector', 'query', 'cdc', 'backup']],
  ])('ORD-28 on %s: %s is kept from %j', async (table, privilege, refused) => {
    const { rows } = await owner.query<{ role: string }>(
      `select replace(rolname, 'millrace_', '') as role from pg_roles
        where rolname like 'millrace\\_%' and not has_table_privilege(rolname, $1, $2)`,
      [table, privilege],
    );
    expect(rows.map(({ role }) => role).sort()).toEqual([...refused].sort());
  });

  it('SHR-14 lets nobody but the owner change topics or partitions', async () => {
    for (const role of Object.values(roles)) {
      for (const call of [
        `outbox.allow_topics(array['x'])`,
        `outbox.make_partitions(now(), 1)`,
        `outbox.drop_partition('x')`,
      ]) {
        await expect(role.query(`select ${call}`)).rejects.toMatchObject({ code: PERMISSION_DENIED });
      }
    }
  });
});
