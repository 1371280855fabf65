-- Up Migration
create schema saga;

-- One process per row: where it stands, and until when it waits. `failed` is for what a person must see.
create table saga.instances (
  saga text not null,
  tenant_id text not null,
  instance_id text not null,
  status text not null check (status in ('running', 'completed', 'failed')),
  state jsonb not null,
  failure text check (status = 'failed' or failure is null),
  -- That of the event that started it; every command of the instance carries it.
  correlation_id text not null,
  -- Of the last event that it was told: what a timeout is caused by.
  last_event_id text not null,
  traceparent text not null,
  -- How many public events it has announced: their version.
  announced integer not null,
  started_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  -- Told once when it is reached; then null.
  timeout_at timestamptz,
  primary key (saga, tenant_id, instance_id)
);
create index instances_due on saga.instances (saga, timeout_at) where timeout_at is not null;
create index instances_by_status on saga.instances (saga, status, started_at);

-- How events find instances: `person:p-1`.
create table saga.correlation_keys (
  saga text not null,
  tenant_id text not null,
  key text not null,
  instance_id text not null,
  primary key (saga, tenant_id, key, instance_id),
  foreign key (saga, tenant_id, instance_id) references saga.instances on delete cascade
);
create index correlation_keys_of_instance on saga.correlation_keys (saga, tenant_id, instance_id);

-- Events for instances that may start later: topics have no order among each other. Of the data only what the saga keeps.
create table saga.remembered_events (
  saga text not null,
  tenant_id text not null,
  key text not null,
  event_id text not null,
  event jsonb not null,
  remembered_at timestamptz not null default clock_timestamp(),
  primary key (saga, tenant_id, key, event_id)
);

-- What instances ask of command-api, and what became of it. Kept: with the positions it is the proof of what was sent.
create table saga.commands (
  -- The idempotency key: made of saga, tenant, instance, cause and place, so that the same is never asked twice.
  id uuid primary key,
  -- The order of an instance's commands.
  seq bigint generated always as identity,
  saga text not null,
  tenant_id text not null,
  instance_id text not null,
  -- Commands of one reaction have the same cause: when one is refused and the saga reacts, the later ones are dropped.
  cause text not null,
  type text not null,
  data jsonb not null,
  correlation_id text not null,
  causation_id text not null,
  traceparent text not null,
  status text not null default 'pending' check (status in ('pending', 'done', 'refused', 'dropped')),
  attempts integer not null default 0,
  -- Not sent before: after a failure, or while a dispatcher is sending it.
  due_at timestamptz not null default clock_timestamp(),
  last_error text,
  created_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz check ((status = 'pending') = (settled_at is null)),
  foreign key (saga, tenant_id, instance_id) references saga.instances on delete cascade
);
create index commands_pending on saga.commands (saga, tenant_id, instance_id, seq) where status = 'pending';
create index commands_of_instance on saga.commands (saga, tenant_id, instance_id, seq);

grant usage on schema saga to millrace_projector, millrace_query, millrace_backup;
grant select, insert, update on saga.instances, saga.correlation_keys, saga.remembered_events, saga.commands to millrace_projector;
grant select on all tables in schema saga to millrace_query, millrace_backup;
