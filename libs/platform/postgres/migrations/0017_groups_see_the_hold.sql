-- Up Migration

-- While the relay is held because the database was put back, no group reads on.
grant select on outbox.relay_hold to millrace_projector;
