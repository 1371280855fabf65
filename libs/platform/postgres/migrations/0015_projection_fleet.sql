-- Up Migration
-- What operators have said about a group, and which definition of the projection made its table. A group without a row
-- runs, and its table is of version 1.
create table consumer.groups (
  consumer_group text primary key,
  paused boolean not null default false,
  paused_at timestamptz,
  paused_by text,
  -- `version` of the definition that the table was made by: a process of an older one must not write it.
  projection_version integer not null default 1 check (projection_version > 0)
);

-- A rebuild beside the live table. Its own positions, versions and parked events are those of the group
-- `<consumer_group>.rebuild`; what was live before the last switch is `<consumer_group>.previous`.
create table consumer.rebuilds (
  consumer_group text primary key,
  state text not null check (state in ('folding', 'catching-up', 'ready', 'cancelling')),
  projection_version integer not null check (projection_version > 0),
  -- Last aggregate of the store that is in the table; null before the first. The page's rows and this commit together.
  fold_cursor jsonb,
  events bigint not null default 0,
  -- Events of the store when it began, for progress only.
  events_expected bigint not null,
  events_per_second integer check (events_per_second > 0),
  -- Time spent folding, over all runs.
  fold_seconds double precision not null default 0,
  -- Whoever runs it now. A page of an earlier run does not find its name here, and fails.
  runner uuid not null,
  started_at timestamptz not null default clock_timestamp(),
  started_by text not null,
  heartbeat_at timestamptz not null default clock_timestamp()
);

-- A read model's table keeps its name and moves between schemas: statements, also prepared ones, find it by its name.
create schema read_model_next;
create schema read_model_previous;
-- Where a table is for the moment in which two change places.
create schema read_model_between;

grant usage on schema read_model_next, read_model_previous to millrace_projector, millrace_query, millrace_backup;
grant select on consumer.groups to millrace_projector, millrace_query, millrace_backup;
grant select on consumer.rebuilds to millrace_query, millrace_backup;
