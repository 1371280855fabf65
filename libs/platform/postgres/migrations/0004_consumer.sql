-- Up Migration
create schema consumer;

-- Next offset of each partition of each group: written in the transaction of the effect, and the authority. A zombie
-- member finds another value than the one it loaded, and its transaction fails.
create table consumer.positions (
  consumer_group text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null check (next_offset >= 0),
  last_event_id uuid,
  last_sequence_number bigint,
  last_event_time timestamptz,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (consumer_group, topic, partition)
);

-- Last version applied per aggregate, for groups whose rows gather many aggregates or that keep no rows at all.
create table consumer.aggregate_versions (
  consumer_group text not null,
  tenant_id text not null,
  aggregate_type varchar(255) not null,
  aggregate_id text not null,
  version bigint not null,
  primary key (consumer_group, tenant_id, aggregate_type, aggregate_id)
);

-- Events that a group could not handle, and the later ones of the same aggregate, in order. Record bytes as received.
create table consumer.parked_events (
  consumer_group text not null,
  topic text not null,
  partition integer not null,
  record_offset bigint not null,
  tenant_id text not null,
  aggregate_type text not null,
  aggregate_id text not null,
  sequence_number bigint not null,
  event_id text not null,
  event_type text not null,
  headers jsonb not null,
  payload bytea,
  error_code text not null,
  error_detail text not null,
  attempts integer not null default 1,
  parked_at timestamptz not null default clock_timestamp(),
  primary key (consumer_group, topic, partition, record_offset)
);
create index parked_events_aggregate on consumer.parked_events (consumer_group, tenant_id, aggregate_type, aggregate_id, sequence_number);

grant usage on schema consumer to millrace_projector, millrace_query, millrace_backup;
grant select, insert, update on consumer.positions to millrace_projector;
grant select, insert, update, delete on consumer.aggregate_versions, consumer.parked_events to millrace_projector;
grant select on consumer.positions, consumer.parked_events to millrace_query;
grant select on all tables in schema consumer to millrace_backup;
