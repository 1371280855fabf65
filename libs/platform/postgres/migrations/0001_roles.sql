-- Up Migration
-- One role per kind of app, each with the least it needs. Passwords are set by `millrace deploy`, never here. Roles
-- belong to the cluster, so another database may have made them already.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['millrace_command', 'millrace_projector', 'millrace_query', 'millrace_cdc', 'millrace_backup'] loop
    begin
      execute format('create role %I login', wanted);
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
end $$;

-- Reads the WAL. Without BYPASSRLS a recovery snapshot would read zero rows in silence once a table had row security.
do $$
begin
  if exists (select from pg_roles where rolname = 'millrace_cdc' and not (rolreplication and rolbypassrls)) then
    alter role millrace_cdc replication bypassrls;
  end if;
end $$;
