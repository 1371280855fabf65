-- Up Migration
create schema event_store;

-- Append-only. The primary key is the lock: of two writers with the same expected version, one gets a unique violation.
-- A tenant may get a partition of its own; all others share the default one.
create table event_store.events (
  tenant_id text not null check (tenant_id <> ''),
  aggregate_type varchar(255) not null,
  aggregate_id text not null check (aggregate_id <> ''),
  sequence_number bigint not null check (sequence_number > 0),
  event_id uuid not null,
  event_type varchar(255) not null,
  event_version integer not null check (event_version > 0),
  payload jsonb not null,
  metadata jsonb not null default '{}',
  correlation_id text not null,
  causation_id text,
  user_id text,
  session_id text,
  traceparent text not null,
  occurred_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  -- Order for readers of the whole store: (transaction_id, global_position) below pg_snapshot_xmin. A sequence alone
  -- has holes that a slow transaction fills behind the reader.
  transaction_id xid8 not null default pg_current_xact_id(),
  global_position bigint generated always as identity,
  constraint events_stream_position primary key (tenant_id, aggregate_type, aggregate_id, sequence_number),
  -- Not led by the tenant: on a new table, without statistics, Postgres would find a stream by an index that is, and
  -- read the whole tenant.
  constraint events_event_id unique (event_id, tenant_id)
) partition by list (tenant_id);

create table event_store.events_default partition of event_store.events default;

create index events_global_order on event_store.events (transaction_id, global_position);

create function event_store.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'events are never changed: a correction is a further event' using errcode = 'restrict_violation';
end $$;

create trigger events_append_only before update or delete on event_store.events
  for each row execute function event_store.refuse_change();
create trigger events_never_truncated before truncate on event_store.events
  for each statement execute function event_store.refuse_change();
create trigger events_never_truncated before truncate on event_store.events_default
  for each statement execute function event_store.refuse_change();

create table event_store.snapshots (
  snapshot_id uuid not null default uuidv7(),
  tenant_id text not null,
  aggregate_type varchar(255) not null,
  aggregate_id text not null,
  sequence_number bigint not null check (sequence_number > 0),
  -- Version of the shape of `state`; a snapshot of another version is ignored.
  state_version integer not null,
  state jsonb not null,
  event_count bigint not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  constraint snapshots_stream_position primary key (tenant_id, aggregate_type, aggregate_id, sequence_number)
);

-- Answers of commands, written in the transaction of their events, so that a resent command is answered and not repeated.
create table event_store.idempotency_keys (
  tenant_id text not null,
  idempotency_key text not null,
  request_hash text not null,
  answer_status integer not null,
  answer jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  constraint idempotency_keys_once primary key (tenant_id, idempotency_key)
);
create index idempotency_keys_age on event_store.idempotency_keys (created_at);

-- Timeline of the store: a restore bumps it, and every record carries it as ce_epoch.
create table event_store.epoch (
  only_row boolean primary key default true check (only_row),
  epoch integer not null check (epoch > 0)
);
insert into event_store.epoch (epoch) values (1);

grant usage on schema event_store to millrace_command, millrace_projector, millrace_query, millrace_backup;
grant select, insert on event_store.events to millrace_command;
grant select, insert, delete on event_store.snapshots to millrace_command;
grant select, insert on event_store.idempotency_keys to millrace_command;
grant select on event_store.epoch to millrace_command, millrace_projector;
-- Projectors read events only to repair a gap; query-api only for history and time travel.
grant select on event_store.events to millrace_projector, millrace_query, millrace_backup;
grant select on event_store.snapshots to millrace_query, millrace_backup;
