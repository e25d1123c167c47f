-- The log of every run and what is folded from it. Runs on PostgreSQL 15+ and on PGlite; ids are made by the application.

-- Substring search over runs needs trigrams. A trusted extension: whoever may create objects in the database may add it.
create extension if not exists pg_trgm;

-- One row per run: its request, where its log stands, and the columns that lists filter by. Every batch of events
-- updates the counters, so the row is kept short (the request goes out of line) and its page has room for the new
-- version; such an update touches no index.
create table runs (
  id uuid primary key,
  status text not null,
  mode text not null,
  execution_mode text not null,
  origin text not null,
  mode_name text not null,
  runtime_kind text not null,
  runtime_version text,
  trace_id text not null,
  idempotency_key text,
  fingerprint text not null,
  tags text[] not null default '{}',
  source_kind text,
  source_ref text,
  scenario_ref text,
  environment text,
  policy_version text,
  search_text text not null,
  request jsonb not null,
  summary jsonb not null default '{}',
  error_code text,
  error_message text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  archived_at timestamptz(3),
  last_seq integer not null default 0,
  last_position integer not null default 0,
  last_ordinal integer not null default 0,
  constraint runs_status_check check (
    status in ('queued', 'starting', 'binding_session', 'running', 'suspended', 'completed', 'failed', 'cancelled')
  )
) with (fillfactor = 80, toast_tuple_target = 512);

create unique index runs_idempotency_key_key on runs (idempotency_key) where idempotency_key is not null;
-- Lists hide archived and sandbox runs unless asked, so the common order has an index of just the others.
create index runs_listed_created_idx on runs (created_at, id) where archived_at is null and mode <> 'sandbox';
create index runs_listed_updated_idx on runs (updated_at, id) where archived_at is null and mode <> 'sandbox';
create index runs_created_idx on runs (created_at, id);
create index runs_updated_idx on runs (updated_at, id);
create index runs_status_idx on runs (status, created_at, id);
create index runs_mode_name_idx on runs (mode_name, created_at, id);
create index runs_runtime_kind_idx on runs (runtime_kind, created_at, id);
create index runs_environment_idx on runs (environment, created_at, id) where environment is not null;
-- Without pending lists: the planner would rather read the table whole than a long one.
create index runs_tags_idx on runs using gin (tags) with (fastupdate = off);
create index runs_scenario_ref_idx on runs using gin (lower(scenario_ref) gin_trgm_ops) with (fastupdate = off);
create index runs_search_text_idx on runs using gin (search_text gin_trgm_ops) with (fastupdate = off);
-- Recovery reads the few unfinished runs among many finished ones.
create index runs_unfinished_idx on runs (id) where status not in ('completed', 'failed', 'cancelled');

-- The runtime's side of a run. `session` is what the log has told of it (BoundSession).
create table runtime_sessions (
  run_id uuid primary key references runs (id) on delete cascade,
  session_id text not null unique,
  session jsonb not null
) with (fillfactor = 80);

-- What was heard, as it came. `seq` is the position; payload bytes are stored once.
create table run_events_raw (
  run_id uuid not null references runs (id) on delete cascade,
  seq integer not null,
  kind text not null,
  ordinal integer,
  dedupe_key text,
  received_at timestamptz(3) not null,
  macp_version text,
  mode text,
  message_type text,
  message_id text,
  session_id text,
  sender text,
  timestamp_unix_ms bigint,
  payload bytea,
  info jsonb,
  parked text,
  primary key (run_id, seq)
);

create unique index run_events_raw_ordinal_key on run_events_raw (run_id, ordinal) where ordinal is not null;
create unique index run_events_raw_dedupe_key_key on run_events_raw (run_id, dedupe_key) where dedupe_key is not null;

-- What happened, numbered without gaps. `global_ordinal` orders the events of all runs so that a reader who follows it
-- misses nothing: the transaction's id in the high bits, the place within the transaction in the low 14.
create table run_events_canonical (
  run_id uuid not null references runs (id) on delete cascade,
  seq integer not null,
  id uuid not null,
  ts timestamptz(3) not null,
  type text not null,
  schema_version integer not null,
  subject_kind text not null,
  subject_id text not null,
  source jsonb not null,
  trace jsonb,
  data jsonb not null,
  global_ordinal bigint not null,
  primary key (run_id, seq)
);

create unique index run_events_canonical_global_ordinal_key on run_events_canonical (global_ordinal);
create index run_events_canonical_type_idx on run_events_canonical (type, global_ordinal);
create index run_events_canonical_run_type_idx on run_events_canonical (run_id, type, seq);
create index run_events_canonical_ts_idx on run_events_canonical using brin (ts);

-- Added to every transaction id; raised when a restored database counts transactions from the start again.
create sequence run_events_transaction_offset minvalue 0 start 0;

-- The read model, one column per block: a batch rewrites only the blocks it changed, the others keep their stored form.
create table run_projections (
  run_id uuid primary key references runs (id) on delete cascade,
  projection_version integer not null,
  seq integer not null,
  run jsonb not null,
  participants jsonb not null,
  participants_truncated boolean not null default false,
  graph jsonb not null,
  decision jsonb not null,
  signals jsonb not null,
  progress jsonb not null,
  timeline jsonb not null,
  trace jsonb not null,
  outbound_messages jsonb not null,
  llm jsonb not null,
  policy jsonb not null,
  book jsonb not null
) with (fillfactor = 80);

create table run_artifacts (
  id uuid not null,
  run_id uuid not null references runs (id) on delete cascade,
  kind text not null,
  label text not null,
  uri text,
  inline jsonb,
  created_at timestamptz(3) not null,
  primary key (run_id, id)
);

-- Counters as columns, so that dashboards sum them in SQL; per participant they are a list of at most 1 100 entries.
create table run_metrics (
  run_id uuid primary key references runs (id) on delete cascade,
  event_count integer not null,
  message_count integer not null,
  sent_count integer not null,
  send_failed_count integer not null,
  signal_count integer not null,
  progress_count integer not null,
  proposal_count integer not null,
  tool_call_count integer not null,
  decision_count integer not null,
  llm_call_count integer not null,
  prompt_tokens double precision not null,
  completion_tokens double precision not null,
  total_tokens double precision not null,
  estimated_cost_usd double precision not null,
  stream_reconnect_count integer not null,
  history_gap_count integer not null,
  parked_count integer not null,
  first_event_at timestamptz(3),
  last_event_at timestamptz(3),
  started_at timestamptz(3),
  ended_at timestamptz(3),
  duration_ms double precision,
  session_state text,
  outcome_known boolean not null,
  outcome_positive boolean,
  participants jsonb not null
) with (fillfactor = 80);

-- Messages of ours to the runtime, stored before they are sent.
create table run_outbound_messages (
  run_id uuid not null references runs (id) on delete cascade,
  step integer not null,
  message_id text not null,
  purpose text not null,
  mode_name text not null,
  message_type text not null,
  session_id text not null,
  sender text not null,
  recipients text[] not null,
  payload bytea not null,
  payload_encoding text not null,
  payload_type_name text,
  timestamp_unix_ms bigint not null,
  status text not null,
  error_code text,
  error_message text,
  created_at timestamptz(3) not null,
  answered_at timestamptz(3),
  primary key (run_id, step)
);

create unique index run_outbound_messages_message_id_key on run_outbound_messages (run_id, message_id);
create index run_outbound_messages_queued_idx on run_outbound_messages (run_id, step) where status = 'queued';
