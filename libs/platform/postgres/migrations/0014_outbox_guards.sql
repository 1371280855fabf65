-- Up Migration

-- What Kafka would refuse stops the stream of every tenant, so it is refused here, where only one command fails. NOT
-- VALID spares the scan: rows that are there already have been sent, or the relay names them.

-- With the payload (less than 900,000 bytes) the record stays below the 1 MiB that a producer sends at most.
alter table outbox.outbox_messages add constraint outbox_messages_headers_size check (
  octet_length(key) <= 10000 and octet_length(topic || type || ce_specversion || ce_source || ce_subject || ce_time || ce_dataschema || content_type ||
    ce_tenantid || ce_aggregatetype || ce_aggregateversion || ce_eventversion || ce_correlationid || ce_causationid ||
    ce_userid || ce_sessionid || ce_epoch || traceparent) <= 100000) not valid;

-- A producer refuses a time before 1970, and brokers one that lies more than an hour ahead of their clock.
alter table outbox.outbox_messages add constraint outbox_messages_record_time check (
  occurred_at >= '1970-01-01' and occurred_at < (created_at at time zone 'UTC') + interval '50 minutes') not valid;

-- Messages that were taken out of the stream because they had stopped it. Never sent again by themselves.
create table outbox.quarantine (
  quarantined_at timestamptz not null default clock_timestamp(),
  reason text not null check (reason <> ''),
  seq bigint primary key,
  id uuid not null,
  topic text not null,
  tenant_id text not null,
  -- The whole row as it was; bytes in hexadecimal.
  message jsonb not null
);
create index quarantine_id on outbox.quarantine (id);

-- There while nothing may be streamed: the relay found that the database is older than what it had read.
create table outbox.relay_hold (
  only_row boolean primary key default true check (only_row),
  cause text not null,
  detail text not null,
  since timestamptz not null default clock_timestamp()
);

grant select on outbox.quarantine, outbox.relay_hold to millrace_query, millrace_backup;
