-- Lists of runs (GET /runs) that read an index alone: a row of `runs` fills a quarter of a page, and a list that skips
-- 10 000 rows, or counts 1 000, would read thousands of pages. See ADR 12.
--
-- A listed run is one that lists show unless asked for more: not archived, no sandbox run. What lists filter by is
-- included in the indexes of both orders. An entry must not exceed a third of a page, so runs with very long texts
-- (`search_text` holds tags, scenario and environment) have indexes of their own, without the included columns.
-- No index here holds a column that a batch of events changes.

drop index runs_listed_created_idx;
drop index runs_listed_updated_idx;
create index runs_listed_created_idx on runs (created_at, id)
  include (updated_at, status, mode_name, runtime_kind, environment, scenario_ref, tags)
  where archived_at is null and mode <> 'sandbox' and octet_length(search_text) <= 512;
create index runs_listed_updated_idx on runs (updated_at, id)
  include (created_at, status, mode_name, runtime_kind, environment, scenario_ref, tags)
  where archived_at is null and mode <> 'sandbox' and octet_length(search_text) <= 512;
create index runs_long_created_idx on runs (created_at, id)
  where archived_at is null and mode <> 'sandbox' and octet_length(search_text) > 512;
create index runs_long_updated_idx on runs (updated_at, id)
  where archived_at is null and mode <> 'sandbox' and octet_length(search_text) > 512;

-- Few runs change more than a day after they were made. Their index lets a list of older runs in order of their
-- last change begin a day after the youngest of them instead of at today's.
create index runs_late_idx on runs (updated_at, id)
  include (created_at, status, mode_name, runtime_kind, environment, scenario_ref, tags)
  where archived_at is null and mode <> 'sandbox' and octet_length(search_text) <= 512
    and updated_at - created_at > interval '1 day';

-- Whoever looks for runs that are under way or went wrong looks at all of them in either order, and for words among them.
create index runs_rare_status_idx on runs (status, created_at, id)
  include (updated_at, mode_name, runtime_kind, environment, scenario_ref, tags, search_text)
  where archived_at is null and mode <> 'sandbox' and octet_length(search_text) <= 512 and status <> 'completed';

-- The runs of some scenarios in either order: few enough to sort.
create index runs_listed_scenario_idx on runs (scenario_ref, created_at, id) include (updated_at)
  where archived_at is null and mode <> 'sandbox' and octet_length(search_text) <= 512 and scenario_ref is not null;

-- All runs: which of them to show is in the entry.
drop index runs_created_idx;
drop index runs_updated_idx;
create index runs_created_idx on runs (created_at, id) include (archived_at, mode);
create index runs_updated_idx on runs (updated_at, id) include (archived_at, mode);

-- The planner has to know that long texts and late changes are rare; else it takes each for a third of the table.
create statistics runs_text_length_stats on (octet_length(search_text)) from runs;
create statistics runs_lateness_stats on (updated_at - created_at) from runs;

-- Letters in place of what stands between words: so trigrams reach across words, and "release 7 go" is found by "e 7 g"
-- instead of by three words that each stand in many texts.
drop index runs_search_text_idx;
create index runs_search_idx on runs using gin (
  replace(replace(replace(replace(replace(replace(search_text, ' ', 'q'), '-', 'q'), E'\n', 'q'), '/', 'q'), '.', 'q'), '_', 'q')
  gin_trgm_ops) with (fastupdate = off);

-- Every scenario there ever was. A part of a scenario's name is looked for here and not in the names of a million runs.
create table run_scenarios (
  scenario_ref text primary key
);
insert into run_scenarios select distinct scenario_ref from runs where scenario_ref is not null;
create index run_scenarios_part_idx on run_scenarios using gin (lower(scenario_ref) gin_trgm_ops) with (fastupdate = off);
drop index runs_scenario_ref_idx;

create function note_run_scenario() returns trigger language plpgsql as $$
begin
  insert into run_scenarios values (new.scenario_ref) on conflict do nothing;
  return null;
end $$;
create trigger runs_scenario_noted after insert or update of scenario_ref on runs
  for each row when (new.scenario_ref is not null) execute function note_run_scenario();

-- Listed runs by each of their tags, with what lists filter by: of an array there is no index in the order of time. Runs
-- with very long texts are not here either. Only the trigger writes it; the index alone is read.
create table run_tags (
  tag text not null,
  run_id uuid not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  status text not null,
  mode_name text not null,
  runtime_kind text not null,
  environment text,
  scenario_ref text,
  tags text[] not null
);
insert into run_tags
  select distinct tag, id, created_at, updated_at, status, mode_name, runtime_kind, environment, scenario_ref, tags
  from runs, unnest(tags) as tag
  where archived_at is null and mode <> 'sandbox' and octet_length(search_text) <= 512;
create index run_tags_created_idx on run_tags (tag, created_at, run_id)
  include (updated_at, status, mode_name, runtime_kind, environment, scenario_ref, tags);

create function keep_run_tags() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    delete from run_tags where tag = any(old.tags) and created_at = old.created_at and run_id = old.id;
  end if;
  if tg_op <> 'DELETE' and new.archived_at is null and new.mode <> 'sandbox'
    and octet_length(new.search_text) <= 512 then
    insert into run_tags
      select distinct tag, new.id, new.created_at, new.updated_at, new.status, new.mode_name, new.runtime_kind,
        new.environment, new.scenario_ref, new.tags
      from unnest(new.tags) as tag;
  end if;
  return null;
end $$;
create trigger runs_tags_added after insert on runs
  for each row when (cardinality(new.tags) > 0) execute function keep_run_tags();
create trigger runs_tags_removed after delete on runs
  for each row when (cardinality(old.tags) > 0) execute function keep_run_tags();
-- Whatever clients see of a run moves its updated_at; a batch of events does not.
create trigger runs_tags_changed after update on runs
  for each row when (
    (cardinality(old.tags) > 0 or cardinality(new.tags) > 0)
    and (old.updated_at, old.status, old.mode_name, old.runtime_kind, old.environment, old.scenario_ref, old.tags,
         old.archived_at, old.mode, old.created_at, octet_length(old.search_text) <= 512)
      is distinct from
        (new.updated_at, new.status, new.mode_name, new.runtime_kind, new.environment, new.scenario_ref, new.tags,
         new.archived_at, new.mode, new.created_at, octet_length(new.search_text) <= 512))
  execute function keep_run_tags();
