-- Up Migration
-- One row per job; `version` is the sequence number that the row reflects. The indexes are the lists: newest first, of
-- all, of a status, of a name. The primary keys come last: while a table has no statistics, all of its indexes look equally
-- good for a row by its key, and the planner takes the newest.
create table read_model.job_read_model (
  tenant_id text not null,
  job_id text not null,
  name text not null,
  command text not null,
  image text not null,
  status text not null check (status in ('created', 'running', 'completed', 'failed', 'retried', 'cancelled')),
  metadata jsonb not null,
  attempts bigint not null,
  created_at timestamptz not null,
  started_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz,
  retried_at timestamptz,
  cancelled_at timestamptz,
  failure_reason text,
  cancel_reason text,
  updated_at timestamptz not null,
  version bigint not null
);
create index job_read_model_newest on read_model.job_read_model (tenant_id, created_at desc, job_id desc);
create index job_read_model_by_status on read_model.job_read_model (tenant_id, status, created_at desc, job_id desc);
create index job_read_model_by_name on read_model.job_read_model (tenant_id, name, created_at desc, job_id desc);
alter table read_model.job_read_model add primary key (tenant_id, job_id);

-- One row per pipeline, with its steps; listed like jobs.
create table read_model.pipeline_read_model (
  tenant_id text not null,
  pipeline_id text not null,
  name text not null,
  status text not null check (status in ('created', 'running', 'completed', 'failed', 'cancelled')),
  steps jsonb not null,
  created_at timestamptz not null,
  started_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz,
  cancelled_at timestamptz,
  failure_reason text,
  cancel_reason text,
  updated_at timestamptz not null,
  version bigint not null
);
create index pipeline_read_model_newest on read_model.pipeline_read_model (tenant_id, created_at desc, pipeline_id desc);
create index pipeline_read_model_by_status on read_model.pipeline_read_model (tenant_id, status, created_at desc, pipeline_id desc);
create index pipeline_read_model_by_name on read_model.pipeline_read_model (tenant_id, name, created_at desc, pipeline_id desc);
alter table read_model.pipeline_read_model add primary key (tenant_id, pipeline_id);

grant select, insert, update, delete on read_model.job_read_model, read_model.pipeline_read_model to millrace_projector;
grant select on read_model.job_read_model, read_model.pipeline_read_model to millrace_query, millrace_backup;
