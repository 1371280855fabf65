-- Up Migration
create schema audit;

-- What the auditor has met on the topics: of each aggregate the versions whose record bears the id of the stored event.
-- Gapless as long as nothing is lost, so a stream of any length is one short row.
create table audit.seen (
  topic text not null,
  tenant_id text not null,
  aggregate_type varchar(255) not null,
  aggregate_id text not null,
  versions int8multirange not null,
  primary key (topic, tenant_id, aggregate_type, aggregate_id)
);

-- The last record that the auditor has read of each partition. Another one at its place, or none, means that the log was
-- cut or the topic made anew.
create table audit.log_ends (
  topic text not null,
  partition integer not null,
  last_offset bigint not null,
  last_event_id text not null,
  primary key (topic, partition)
);

-- What is wrong, and since when. A finding that is open is not written again.
create table audit.findings (
  finding_id uuid primary key default uuidv7(),
  kind text not null check (kind in ('hole', 'invention', 'out_of_order', 'log_cut', 'position_skipped', 'row_missing', 'row_extra', 'row_drifted')),
  topic text,
  consumer_group text,
  tenant_id text,
  aggregate_type text,
  aggregate_id text,
  sequence_number bigint,
  event_id uuid,
  detail text not null,
  found_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz
);
create unique index findings_open on audit.findings
  (kind, topic, consumer_group, tenant_id, aggregate_type, aggregate_id, sequence_number) nulls not distinct
  where resolved_at is null;
create index findings_age on audit.findings (found_at);

-- Events that were sent again on purpose: their records may lie behind later ones.
create table audit.reemissions (
  event_id uuid not null,
  topic text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (event_id, topic, at)
);

-- How far each check has come. `generation` changes when `seen` is forgotten: what was concluded from it before is void.
create table audit.sweeps (
  sweep text primary key,
  generation bigint not null default 0,
  transaction_id xid8 not null default '0',
  global_position bigint not null default 0,
  -- Last key of a round through rows, as JSON; null at its beginning.
  after_key jsonb,
  updated_at timestamptz not null default clock_timestamp()
);
insert into audit.sweeps (sweep) values ('store'), ('outbox');

-- Canaries: outbox rows without an event. Besides proving that the path is alive they are marks in the WAL: every
-- transaction below `horizon` had ended when the canary was written, so once it has arrived, all their rows must have.
create table audit.canaries (
  canary_id uuid primary key,
  topic text not null,
  written_at timestamptz not null,
  horizon xid8 not null,
  ceiling xid8 not null,
  -- The last outbox row that existed then.
  outbox_seq bigint not null,
  arrived_at timestamptz
);
create index canaries_age on audit.canaries (topic, written_at);

-- Age of the newest canary that has arrived; of the first one written, as long as none has.
create view audit.canary_ages as
  select topic, extract(epoch from clock_timestamp() - coalesce(max(written_at) filter (where arrived_at is not null), min(written_at)))::double precision as age_seconds
    from audit.canaries group by topic;

-- The auditor runs as the owner, like relay-supervisor: it sets positions back and sends events again.
grant usage on schema audit to millrace_query, millrace_backup;
grant select on all tables in schema audit to millrace_query, millrace_backup;
