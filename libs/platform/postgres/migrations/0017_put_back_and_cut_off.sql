-- Up Migration

-- While the relay is held because the database was put back, no group reads on.
grant select on outbox.relay_hold to millrace_projector;

-- The last record before the position. A broker that has lost the end of its log may grow past the position before anybody
-- looks: then another record stands there, and what came in its place would be passed over.
alter table consumer.positions add column last_record_offset bigint, add column last_record_id text;

-- Where the WAL ended when the position was moved. A position that lies further back than what a member has stored was put
-- back with its database.
alter table consumer.positions add column moved_lsn bigint not null default pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0');
