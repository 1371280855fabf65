-- Up Migration
-- What a backup reads beside what the role may read already.
grant select on event_store.idempotency_keys, event_store.epoch, outbox.schema_ids to millrace_backup;

-- What was done to this database from outside of commands. Read by `millrace recover` and by whoever asks later.
create schema backup;

-- One row per restore. Without `recovered_at`, nothing may be streamed from the database yet.
create table backup.restores (
  restore_id uuid primary key default uuidv7(),
  -- The newest backup that events were taken from.
  backup_id text not null,
  -- `*`: the whole store.
  tenant_id text not null,
  until timestamptz,
  -- Of the sagas' state. Events written later are given to the groups again.
  state_taken_at timestamptz not null,
  events bigint not null,
  restored_at timestamptz not null default clock_timestamp(),
  recovered_at timestamptz
);

-- One row per recovery, so that one that was cut off goes on, and bumps the epoch once.
create table backup.recoveries (
  recovery_id uuid primary key default uuidv7(),
  -- Known once the topics have been read.
  epoch integer,
  steps text[] not null default '{}',
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
create unique index recoveries_one_open on backup.recoveries ((true)) where finished_at is null;

grant usage on schema backup to millrace_query, millrace_backup;
grant select on all tables in schema backup to millrace_query, millrace_backup;
