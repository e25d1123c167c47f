-- What the console reads beside the runs themselves: who changed what, and who wants to be told.

-- One row per request that changed something. It outlives what it names, so it refers to nothing.
create table audit_entries (
  id uuid primary key,
  actor text not null,
  actor_type text not null,
  action text not null,
  resource text not null,
  resource_id text,
  request_id text not null,
  created_at timestamptz(3) not null
);

-- Ids are made in the order of time, so they order the entries of one instant as well.
create index audit_entries_created_idx on audit_entries (created_at, id);
create index audit_entries_action_idx on audit_entries (action, created_at, id);
create index audit_entries_resource_idx on audit_entries (resource, resource_id, created_at, id);

create table webhooks (
  id uuid primary key,
  url text not null,
  events text[] not null,
  secret text not null,
  active boolean not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

-- Dashboards and the cross-run event list select runs by their exact scenario; the index for fragments does not order.
create index runs_scenario_created_idx on runs (scenario_ref, created_at, id) where scenario_ref is not null;
