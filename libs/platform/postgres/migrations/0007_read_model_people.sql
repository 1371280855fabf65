-- Up Migration
-- One row per person; `version` is the person's own, 0 while only an employment is known. The first six columns are the
-- view, the others what keeps it: all employments that have not ended, and the place in lists. Primary keys come last, for
-- the reason told with the jobs.
create table read_model.person_view (
  tenant_id text not null,
  person_id text not null,
  display_name text,
  email text,
  organization_id text,
  last_updated timestamptz not null,
  employments jsonb not null,
  created_at timestamptz,
  version bigint not null
);
create index person_view_newest on read_model.person_view (tenant_id, created_at desc, person_id desc);
create index person_view_by_email on read_model.person_view (tenant_id, email, created_at desc, person_id desc);
create index person_view_by_organization on read_model.person_view (tenant_id, organization_id, created_at desc, person_id desc);
alter table read_model.person_view add primary key (tenant_id, person_id);

-- One row per organization, and one per hiring; `version` is the sequence number that the row reflects.
create table read_model.organization_view (
  tenant_id text not null,
  organization_id text not null,
  name text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null
);
create index organization_view_newest on read_model.organization_view (tenant_id, created_at desc, organization_id desc);
alter table read_model.organization_view add primary key (tenant_id, organization_id);

create table read_model.hiring_view (
  tenant_id text not null,
  hiring_id text not null,
  person_id text not null,
  organization_id text not null,
  status text not null check (status in ('started', 'completed', 'failed', 'cancelled')),
  employment_id text,
  reason text,
  created_at timestamptz not null,
  ended_at timestamptz,
  updated_at timestamptz not null,
  version bigint not null
);
create index hiring_view_newest on read_model.hiring_view (tenant_id, created_at desc, hiring_id desc);
create index hiring_view_by_status on read_model.hiring_view (tenant_id, status, created_at desc, hiring_id desc);
alter table read_model.hiring_view add primary key (tenant_id, hiring_id);

grant select, insert, update, delete
  on read_model.person_view, read_model.organization_view, read_model.hiring_view to millrace_projector;
grant select
  on read_model.person_view, read_model.organization_view, read_model.hiring_view to millrace_query, millrace_backup;
