-- Up Migration

-- While the relay is held because the database was put back, no group reads on.
grant select on outbox.relay_hold to millrace_projector;

-- The last record before the position. A broker that has lost the end of its log may grow past the position before anybody
-- looks: then another record stands there, and what came in its place would be passed over.
alter table consumer.positions add column last_record_offset bigint, add column last_record_id text;
