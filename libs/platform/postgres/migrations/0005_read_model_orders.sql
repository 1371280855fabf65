-- Up Migration
create schema read_model;

-- One row per order in each of the first three; `version` is the sequence number that the row reflects.
create table read_model.order_read_model (
  tenant_id text not null,
  order_id text not null,
  customer_id text not null,
  status text not null check (status in ('created', 'confirmed', 'shipped', 'delivered', 'cancelled')),
  items jsonb not null,
  total_amount text not null,
  currency text not null,
  tracking_number text,
  carrier text,
  cancel_reason text,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  shipped_at timestamptz,
  delivered_at timestamptz,
  cancelled_at timestamptz,
  updated_at timestamptz not null,
  version bigint not null,
  primary key (tenant_id, order_id)
);

create table read_model.orders_by_customer (
  tenant_id text not null,
  order_id text not null,
  customer_id text not null,
  status text not null,
  item_count bigint not null,
  total_amount text not null,
  currency text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null,
  primary key (tenant_id, order_id)
);
create index orders_by_customer_newest on read_model.orders_by_customer (tenant_id, customer_id, created_at desc, order_id desc);

create table read_model.orders_by_status (
  tenant_id text not null,
  order_id text not null,
  status text not null,
  customer_id text not null,
  total_amount text not null,
  currency text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  version bigint not null,
  primary key (tenant_id, order_id)
);
create index orders_by_status_newest on read_model.orders_by_status (tenant_id, status, created_at desc, order_id desc);

-- Counts per day (UTC) on which the events happened; a row gathers many orders.
create table read_model.orders_analytics (
  tenant_id text not null,
  day date not null,
  orders_created bigint not null,
  items_updated bigint not null,
  orders_confirmed bigint not null,
  orders_shipped bigint not null,
  orders_delivered bigint not null,
  orders_cancelled bigint not null,
  primary key (tenant_id, day)
);

grant usage on schema read_model to millrace_projector, millrace_query, millrace_backup;
grant select, insert, update, delete on all tables in schema read_model to millrace_projector;
grant select on all tables in schema read_model to millrace_query, millrace_backup;
