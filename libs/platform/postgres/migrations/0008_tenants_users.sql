-- Up Migration
-- One row per user; `version` is the sequence number that the row reflects.
create table read_model.user_read_model (
  tenant_id text not null,
  id text not null,
  email text not null,
  username text not null,
  is_active boolean not null,
  created_at timestamptz not null,
  last_updated timestamptz not null,
  version bigint not null
);
create index user_read_model_newest on read_model.user_read_model (tenant_id, created_at desc, id desc);
-- Last, for the reason told with the jobs.
alter table read_model.user_read_model add primary key (tenant_id, id);

-- One row per tenant that has ever had an event; users may come before their tenant, or without one: version 0, nameless.
create table read_model.tenant_view (
  tenant_id text not null primary key,
  name text,
  status text check (status in ('active', 'suspended', 'deleted')),
  settings jsonb not null,
  user_count bigint not null check (user_count >= 0),
  created_at timestamptz,
  last_updated timestamptz not null,
  version bigint not null,
  constraint tenant_view_whole check (num_nulls(name, status, created_at) = case version when 0 then 3 else 0 end)
);
create index tenant_view_newest on read_model.tenant_view (created_at desc, tenant_id desc) where version > 0;

grant select, insert, update, delete on read_model.user_read_model, read_model.tenant_view to millrace_projector;
grant select on read_model.user_read_model, read_model.tenant_view to millrace_query, millrace_backup;

-- The partition that holds the events of this tenant alone, if there is one.
create function event_store.partition_of(tenant text) returns regclass language sql stable as $$
  select inhrelid::regclass from pg_inherits join pg_class on pg_class.oid = inhrelid
   where inhparent = 'event_store.events'::regclass and pg_get_expr(relpartbound, inhrelid) = format('FOR VALUES IN (%L)', tenant)
$$;
revoke execute on function event_store.partition_of(text) from public;

-- Gives a tenant a partition of its own, its events included, or leaves the one that it has. This is the only place
-- where rows leave a table of events, and they arrive unchanged in the same transaction. Meanwhile the appends of all
-- tenants that share the default partition wait; a long reader would make that long, so then this fails instead.
create function event_store.give_partition(tenant text) returns table (partition regclass, moved bigint)
language plpgsql set lock_timeout = '5s' as $$
declare
  name text := 'tenant_' || tenant;
begin
  lock table event_store.events_default in access exclusive mode;
  partition := event_store.partition_of(tenant);
  moved := 0;
  if partition is null then
    -- Postgres would cut a longer name, and another tenant's to the same.
    if octet_length(name) > 63 then
      name := 'tenant_' || md5(tenant);
    end if;
    execute format('create table event_store.%I (like event_store.events
      including defaults including constraints including indexes)', name);
    execute format('insert into event_store.%I select * from event_store.events_default where tenant_id = %L', name, tenant);
    get diagnostics moved = row_count;
    alter table event_store.events_default disable trigger events_append_only;
    execute format('delete from event_store.events_default where tenant_id = %L', tenant);
    alter table event_store.events_default enable trigger events_append_only;
    -- Brings the trigger that refuses changes; the one that refuses to truncate belongs to each table alone.
    execute format('alter table event_store.events attach partition event_store.%I for values in (%L)', name, tenant);
    execute format('create trigger events_never_truncated before truncate on event_store.%I
      for each statement execute function event_store.refuse_change()', name);
    partition := event_store.partition_of(tenant);
  end if;
  return next;
end $$;
revoke execute on function event_store.give_partition(text) from public;
