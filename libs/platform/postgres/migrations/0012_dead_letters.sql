-- Up Migration

-- Timeline of the event store, for the fence of every batch: also for a group that may not read the store at all.
create function consumer.store_epoch() returns integer language sql stable security definer set search_path = ''
as 'select epoch from event_store.epoch';
revoke execute on function consumer.store_epoch() from public;
grant execute on function consumer.store_epoch() to millrace_projector;

-- What a retry needs to read the record again as it was received.
alter table consumer.parked_events
  add column record_key text,
  add column record_time_ms bigint not null default 0,
  -- Asked for by an operator, done by the member that owns the partition.
  add column retry_requested_at timestamptz,
  add column failed_at timestamptz not null default clock_timestamp();
-- Tries so far: in the batch that parked it, and one more for each retry. 0: it only waits for an earlier one.
alter table consumer.parked_events alter column attempts set default 0;
create index parked_events_retries on consumer.parked_events (consumer_group, topic, partition, tenant_id, aggregate_type, aggregate_id)
  where retry_requested_at is not null;

-- Audit trail of what was done about parked events: one row per aggregate and request. Never deleted.
create table consumer.dead_letter_actions (
  action_id bigint generated always as identity primary key,
  request_id uuid not null,
  action text not null check (action in ('retry', 'discard', 'edit')),
  requested_by text not null check (requested_by <> ''),
  requested_at timestamptz not null default clock_timestamp(),
  consumer_group text not null,
  topic text not null,
  partition integer not null,
  tenant_id text not null,
  aggregate_type text not null,
  aggregate_id text not null,
  -- Of the parked events that were meant, in the order of their aggregate.
  record_offsets bigint[] not null,
  -- Data of the event before and after an edit; what a discard took away.
  before jsonb,
  after jsonb,
  -- Of a retry, absent until it was done: `applied` (all), `failed` (one of them, again), `gone` (nothing was left).
  outcome text check (outcome in ('applied', 'failed', 'gone', 'discarded', 'edited')),
  applied integer not null default 0,
  error_code text,
  error_detail text,
  finished_at timestamptz
);
create index dead_letter_actions_request on consumer.dead_letter_actions (request_id);
create index dead_letter_actions_aggregate on consumer.dead_letter_actions (consumer_group, tenant_id, aggregate_type, aggregate_id);
create index dead_letter_actions_open on consumer.dead_letter_actions (consumer_group, topic, partition, tenant_id, aggregate_type, aggregate_id)
  where outcome is null;

-- What the topics `<group>.dlq` get: the record as it was received, and why it was parked. Captured like the outbox, so
-- the same rules hold: rows are inserted, never updated; one that Kafka refused would stop the relay for everybody. Header
-- columns are NOT NULL text; one that the record lacked is empty, because it is the record that is examined here.
create table outbox.dead_letters (
  seq bigint generated always as identity primary key,
  id uuid not null default uuidv7(),
  topic text not null,
  key text constraint dead_letters_key_size check (octet_length(key) <= 10000),
  payload bytea constraint dead_letters_payload_size check (octet_length(payload) < 900000),
  -- UTC without zone, as in the outbox: when the event was parked.
  occurred_at timestamp(6) not null default (clock_timestamp() at time zone 'UTC'),
  created_at timestamptz not null default now(),
  ce_specversion text not null,
  ce_id text not null,
  ce_type text not null,
  ce_source text not null,
  ce_subject text not null,
  ce_time text not null,
  ce_dataschema text not null,
  content_type text not null,
  ce_tenantid text not null,
  ce_aggregatetype text not null,
  ce_aggregateversion text not null,
  ce_eventversion text not null,
  ce_correlationid text not null,
  ce_causationid text not null,
  ce_userid text not null,
  ce_sessionid text not null,
  ce_epoch text not null,
  traceparent text not null,
  dlq_group text not null check (dlq_group <> ''),
  dlq_topic text not null check (dlq_topic <> ''),
  dlq_partition text not null check (dlq_partition ~ '^\d+$'),
  dlq_offset text not null check (dlq_offset ~ '^\d+$'),
  dlq_error_code text not null check (dlq_error_code <> ''),
  dlq_error_detail text not null,
  dlq_attempts text not null check (dlq_attempts ~ '^\d+$'),
  dlq_parked_at text not null check (dlq_parked_at <> ''),
  -- All headers as they came, as a JSON object.
  dlq_headers text not null,
  -- What was too large to go along, and lies in consumer.parked_events alone: `none`, `value`, `headers`, `key`.
  dlq_omitted text not null check (dlq_omitted <> ''),
  constraint dead_letters_headers_size check (
    octet_length(dlq_headers) <= 60000 and octet_length(dlq_error_detail) <= 8000 and
    octet_length(ce_specversion || ce_id || ce_type || ce_source || ce_subject || ce_time || ce_dataschema || content_type ||
      ce_tenantid || ce_aggregatetype || ce_aggregateversion || ce_eventversion || ce_correlationid || ce_causationid ||
      ce_userid || ce_sessionid || ce_epoch || traceparent) <= 20000)
);
create index dead_letters_created on outbox.dead_letters (created_at);

-- As outbox.allow_topics does for the outbox: a topic that does not exist would stall the relay.
create function outbox.allow_dead_letter_topics(topics text[]) returns void language plpgsql as $$
begin
  if exists (select from pg_constraint where conrelid = 'outbox.dead_letters'::regclass and conname = 'dead_letters_topic_exists'
             and pg_get_constraintdef(oid) = format('CHECK ((topic = ANY (%L::text[]))) NOT VALID', topics)) then
    return;
  end if;
  alter table outbox.dead_letters drop constraint if exists dead_letters_topic_exists;
  execute format('alter table outbox.dead_letters add constraint dead_letters_topic_exists check (topic = any (%L::text[])) not valid', topics);
end $$;
revoke execute on function outbox.allow_dead_letter_topics(text[]) from public;

alter publication millrace add table outbox.dead_letters;

grant insert on outbox.dead_letters to millrace_projector;
grant select on outbox.dead_letters to millrace_cdc, millrace_backup;
grant select, update on consumer.dead_letter_actions to millrace_projector;
grant select on consumer.dead_letter_actions to millrace_query, millrace_backup;
