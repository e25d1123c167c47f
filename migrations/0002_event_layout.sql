-- What an event is made of, each part once: texts that stand in the raw payload are stored as their place there, an
-- event that says the same as another of its envelope names that one, and the trace is a number. See ADR 7.

alter table run_events_raw alter column dedupe_key type bytea using decode(substr(dedupe_key, 3), 'hex');

alter table run_events_canonical
  add column position integer,
  add column ordinal integer,
  add column source_kind text,
  add column source_name text,
  add column raw_type text,
  add column trace_id uuid,
  add column span_id text,
  add column parent_span_id text,
  add column data_seq integer,
  add column payload json;

update run_events_canonical set
  position = (source ->> 'position')::int,
  ordinal = (source ->> 'ordinal')::int,
  source_kind = source ->> 'kind',
  source_name = source ->> 'name',
  raw_type = source ->> 'rawType',
  trace_id = (trace ->> 'traceId')::uuid,
  span_id = trace ->> 'spanId',
  parent_span_id = trace ->> 'parentSpanId',
  payload = case when data ? 'payloadEncoding' then (data -> 'payload')::json end;

alter table run_events_canonical
  alter column data type json using (case when data ? 'payloadEncoding' then data - 'payload' else data end)::json,
  alter column data drop not null,
  alter column source_kind set not null,
  alter column source_name set not null,
  alter column schema_version type smallint,
  drop column source,
  drop column trace,
  add constraint run_events_canonical_data_check check ((data is null) <> (data_seq is null));

-- Two types make up most of a log: whoever asks for them reads the log itself, and only the rarer ones are indexed.
drop index run_events_canonical_type_idx;
drop index run_events_canonical_run_type_idx;
create index run_events_canonical_type_idx on run_events_canonical (type, global_ordinal)
  where type not in ('message.received', 'proposal.updated');
create index run_events_canonical_run_type_idx on run_events_canonical (run_id, type, seq)
  where type not in ('message.received', 'proposal.updated');

-- Blocks are written whole and read whole; nothing looks inside them in SQL, so they need no parsed form.
alter table run_projections
  alter column run type json, alter column participants type json, alter column graph type json,
  alter column decision type json, alter column signals type json, alter column progress type json,
  alter column timeline type json, alter column trace type json, alter column outbound_messages type json,
  alter column llm type json, alter column policy type json, alter column book type json;

-- States along a long log, so that the state at any seq is a short fold away. They may be dropped: folding gives them again.
create table run_projection_checkpoints (
  run_id uuid not null references runs (id) on delete cascade,
  seq integer not null,
  projection_version integer not null,
  projection json not null,
  primary key (run_id, seq)
);

-- LZ4 is the quicker of the two ways to compress; a server built without it keeps the default.
do $$
begin
  alter table run_events_raw alter column payload set compression lz4;
  alter table run_events_canonical alter column data set compression lz4, alter column payload set compression lz4;
  alter table run_projection_checkpoints alter column projection set compression lz4;
  alter table run_projections
    alter column participants set compression lz4, alter column graph set compression lz4,
    alter column decision set compression lz4, alter column signals set compression lz4,
    alter column progress set compression lz4, alter column timeline set compression lz4,
    alter column llm set compression lz4, alter column policy set compression lz4, alter column book set compression lz4;
exception when feature_not_supported then null;
end $$;
