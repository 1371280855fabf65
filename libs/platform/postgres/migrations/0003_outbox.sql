-- Up Migration
create schema outbox;

-- Ids of the Avro schemas, written by `millrace deploy`. Writers read them at start, so that neither a command nor a
-- restart of its process needs the registry.
create table outbox.schema_ids (
  subject text not null,
  event_version integer not null,
  schema_id integer not null,
  primary key (subject, event_version)
);

-- What leaves: one row becomes one Kafka record, columns `ce_*` become headers as they are. Every header column is
-- NOT NULL text, because the EventRouter writes a header even for NULL and CloudEvents forbids empty ones. Rows are
-- inserted, never updated, never COPYed, and vanish with their partition.
create table outbox.outbox_messages (
  seq bigint generated always as identity,
  id uuid not null,
  topic text not null,
  key text not null check (key <> ''),
  type text not null check (type <> ''),
  payload bytea not null constraint outbox_messages_payload_size check (octet_length(payload) < 900000),
  -- UTC without zone: the EventRouter takes the Kafka record's time from it and accepts no timestamptz.
  occurred_at timestamp(6) not null,
  created_at timestamptz not null default now(),
  ce_specversion text not null default '1.0' check (ce_specversion = '1.0'),
  ce_source text not null check (ce_source <> ''),
  ce_subject text not null check (ce_subject <> ''),
  ce_time text not null check (ce_time <> ''),
  ce_dataschema text not null check (ce_dataschema <> ''),
  content_type text not null default 'application/avro' check (content_type <> ''),
  ce_tenantid text not null check (ce_tenantid <> ''),
  ce_aggregatetype text not null check (ce_aggregatetype <> ''),
  ce_aggregateversion text not null check (ce_aggregateversion ~ '^[1-9][0-9]*$'),
  ce_eventversion text not null check (ce_eventversion ~ '^[1-9][0-9]*$'),
  ce_correlationid text not null check (ce_correlationid <> ''),
  ce_causationid text not null check (ce_causationid <> ''),
  ce_userid text not null check (ce_userid <> ''),
  ce_sessionid text not null check (ce_sessionid <> ''),
  ce_epoch text not null check (ce_epoch ~ '^[1-9][0-9]*$'),
  traceparent text not null check (traceparent <> ''),
  primary key (seq, created_at)
) partition by range (created_at);

-- Takes what no hourly partition covers, so that late maintenance never refuses a command.
create table outbox.outbox_messages_default partition of outbox.outbox_messages default;

-- A row for a topic that does not exist stalls the connector for every tenant, so the constraint names the topics that
-- `millrace deploy` has seen. NOT VALID spares the scan: older rows passed the older list.
create function outbox.allow_topics(topics text[]) returns void language plpgsql as $$
begin
  -- Changing nothing takes no lock.
  if exists (select from pg_constraint where conrelid = 'outbox.outbox_messages'::regclass and conname = 'outbox_messages_topic_exists'
             and pg_get_constraintdef(oid) = format('CHECK ((topic = ANY (%L::text[]))) NOT VALID', topics)) then
    return;
  end if;
  alter table outbox.outbox_messages drop constraint if exists outbox_messages_topic_exists;
  execute format('alter table outbox.outbox_messages add constraint outbox_messages_topic_exists check (topic = any (%L::text[])) not valid', topics);
end $$;
revoke execute on function outbox.allow_topics(text[]) from public;

-- One partition per hour, from the hour of `from_time` on. Each is made first and attached then: to make it in place
-- would wait for all writers, and hold up new ones meanwhile.
create function outbox.make_partitions(from_time timestamptz, hours integer) returns void language plpgsql
set timezone = 'UTC' set lock_timeout = '1s' as $$
declare
  lower_bound timestamptz;
  upper_bound timestamptz;
  partition_name text;
begin
  for hour in 0 .. hours - 1 loop
    lower_bound := date_trunc('hour', from_time) + make_interval(hours => hour);
    upper_bound := lower_bound + interval '1 hour';
    partition_name := 'outbox_messages_' || to_char(lower_bound, 'YYYYMMDD"_"HH24');
    continue when to_regclass('outbox.' || partition_name) is not null;
    -- Postgres refuses a partition for rows that the default one holds: such an hour stays there.
    continue when exists (
      select from outbox.outbox_messages_default where created_at >= lower_bound and created_at < upper_bound);
    execute format('create table outbox.%I (like outbox.outbox_messages
      including defaults including constraints including indexes)', partition_name);
    execute format('alter table outbox.outbox_messages attach partition outbox.%I for values from (%L) to (%L)',
      partition_name, lower_bound, upper_bound);
  end loop;
end $$;
revoke execute on function outbox.make_partitions(timestamptz, integer) from public;

-- The partitions that make_partitions made and where their hour ends. The name tells.
create function outbox.hourly_partitions() returns table (name text, upper_bound timestamptz) language sql stable
set timezone = 'UTC' as $$
  select relname::text, to_timestamp(right(relname, 11), 'YYYYMMDD"_"HH24') + interval '1 hour'
    from pg_inherits join pg_class on pg_class.oid = inhrelid
   where inhparent = 'outbox.outbox_messages'::regclass and relname ~ '^outbox_messages_\d{8}_\d{2}$'
$$;

-- Needs all writers to pause for a moment. A long reader, such as the connector's recovery snapshot, would make that
-- moment long: then the partition stays until the next purge.
create function outbox.drop_partition(partition_name text) returns void language plpgsql
set lock_timeout = '1s' as $$
begin
  execute format('drop table outbox.%I', partition_name);
end $$;
revoke execute on function outbox.drop_partition(text) from public;

-- The connector inserts here on every heartbeat: a slot advances only when a captured table changes, however busy the
-- rest of the database is. The publication publishes inserts only, so each beat removes the last one unseen.
create table outbox.heartbeat (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp()
);

-- Ours, not the connector's: it exists before the first command, needs no superuser at run time, and lets only inserts
-- leave. The root identity hides the partitions.
create publication millrace for table outbox.outbox_messages, outbox.heartbeat
  with (publish = 'insert', publish_via_partition_root = true);

grant usage on schema outbox to millrace_command, millrace_projector, millrace_cdc, millrace_backup;
grant insert on outbox.outbox_messages to millrace_command, millrace_projector;
grant select on outbox.schema_ids to millrace_command, millrace_projector;
grant select on outbox.outbox_messages to millrace_cdc, millrace_backup;
grant select, insert, delete on outbox.heartbeat to millrace_cdc;
