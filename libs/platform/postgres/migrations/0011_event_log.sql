-- Up Migration
-- Every event of every aggregate, for questions across aggregates: the store's own table has no index for them, so that
-- an append stays cheap. Rows are only ever added.
create table read_model.event_log (
  tenant_id text not null,
  event_id uuid not null,
  aggregate_type text not null,
  aggregate_id text not null,
  sequence_number bigint not null,
  event_type text not null,
  event_version integer not null,
  correlation_id text not null,
  causation_id text not null,
  user_id text not null,
  occurred_at timestamptz not null,
  payload jsonb not null
);
-- All but the last end in the order of the answers, so a page is a range of one of them.
create index event_log_correlation on read_model.event_log (tenant_id, correlation_id, occurred_at, event_id);
create index event_log_event_type on read_model.event_log (tenant_id, event_type, occurred_at, event_id);
create index event_log_aggregate_type on read_model.event_log (tenant_id, aggregate_type, occurred_at, event_id);
create index event_log_aggregate on read_model.event_log (tenant_id, aggregate_id, occurred_at, event_id);
create index event_log_newest on read_model.event_log (tenant_id, occurred_at, event_id);
create index event_log_payload on read_model.event_log using gin (payload jsonb_path_ops);
-- Last, for the reason told with the jobs.
alter table read_model.event_log add primary key (tenant_id, event_id);

-- Text, so that nothing depends on the table itself: it may be replaced under its name, and the view goes on.
create function read_model.event_activity() returns table (tenant_id text, day date, event_type text, events bigint)
language sql stable as $$
  select tenant_id, (occurred_at at time zone 'UTC')::date, event_type, count(*) from read_model.event_log group by 1, 2, 3
$$;
create materialized view read_model.activity as select * from read_model.event_activity();
-- Without a unique index a refresh would lock readers out.
create unique index activity_row on read_model.activity (tenant_id, day, event_type);

-- How old a materialised view is: Postgres does not say.
create table read_model.view_refreshes (
  view_name text primary key,
  -- Start of the last refresh: the view shows what was there then.
  refreshed_at timestamptz not null,
  -- What the table's projection was like then: while it stays so, a refresh would find nothing new.
  stamp text not null
);
insert into read_model.view_refreshes (view_name, refreshed_at, stamp) values ('activity', clock_timestamp(), '');

grant select, insert, update, delete on read_model.event_log to millrace_projector;
grant select on read_model.event_log, read_model.activity, read_model.view_refreshes to millrace_query, millrace_backup;
