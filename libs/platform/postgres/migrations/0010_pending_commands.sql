-- Up Migration
create schema command;

-- Commands that were taken over and are carried out later. A row is the promise of a 202: it stays until its outcome has
-- been there to be asked for. What is done about it is exactly once by its idempotency key, not by this table.
create table command.pending_commands (
  -- Of the sender: who may ask for the outcome.
  tenant_id text not null check (tenant_id <> ''),
  command_id uuid not null,
  user_id text not null,
  -- Order of acceptance, and so of execution among the commands of one aggregate.
  position bigint generated always as identity,
  -- Of the aggregate; another one than the sender's where an operator sends it.
  stream_tenant_id text not null,
  aggregate_type varchar(255) not null,
  aggregate_id text not null,
  command jsonb not null,
  context jsonb not null,
  if_match bigint,
  idempotency_key text not null,
  request_hash text not null,
  status text not null default 'pending' check (status in ('pending', 'accepted', 'rejected')),
  -- Acknowledgment or problem, once it is decided.
  answer jsonb,
  -- Times that a worker took it up; also tells the newest of them from one that was given up.
  attempts integer not null default 0,
  leased_until timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint pending_commands_id primary key (tenant_id, command_id),
  constraint pending_commands_once unique (tenant_id, idempotency_key),
  check ((status = 'pending') = (answer is null) and (answer is null) = (finished_at is null))
);
create index pending_commands_queue on command.pending_commands (position) where status = 'pending';
create index pending_commands_finished on command.pending_commands (finished_at) where status <> 'pending';

grant usage on schema command to millrace_command, millrace_query, millrace_backup;
grant select, insert, update on command.pending_commands to millrace_command;
grant select on command.pending_commands to millrace_query, millrace_backup;
