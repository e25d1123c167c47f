-- A change of a run's status touches every index of `runs`. That of the texts costs four times as much as all others
-- together (some 150 trigrams), and the text itself hardly ever changes: it is indexed in a table of its own, whose rows
-- follow their run without touching an index. See ADR 14.

drop index runs_search_idx;

-- With what lists filter and order by, so that a search reads this table alone. Only a trigger writes it.
create table run_texts (
  run_id uuid primary key references runs (id) on delete cascade,
  search_text text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  archived_at timestamptz(3),
  status text not null,
  mode text not null,
  mode_name text not null,
  runtime_kind text not null,
  environment text,
  scenario_ref text,
  tags text[] not null
) with (fillfactor = 80);

insert into run_texts
  select id, search_text, created_at, updated_at, archived_at, status, mode, mode_name, runtime_kind, environment,
    scenario_ref, tags
  from runs order by id;

create index run_texts_search_idx on run_texts using gin (
  replace(replace(replace(replace(replace(replace(search_text, ' ', 'q'), '-', 'q'), E'\n', 'q'), '/', 'q'), '.', 'q'), '_', 'q')
  gin_trgm_ops) with (fastupdate = off);

-- Both copies of a run are kept by one trigger: asking whether it has anything to do is a good part of a small update.
-- A listed run that stays one keeps its rows of `run_tags`: one statement in place of two.
drop trigger runs_tags_added on runs;
drop trigger runs_tags_changed on runs;
create or replace function keep_run_tags() returns trigger language plpgsql as $$
begin
  delete from run_tags where tag = any(old.tags) and created_at = old.created_at and run_id = old.id;
  return null;
end $$;

create function keep_run_copies() returns trigger language plpgsql as $$
declare
  is_listed boolean = new.archived_at is null and new.mode <> 'sandbox' and octet_length(new.search_text) <= 512;
begin
  if tg_op = 'INSERT' then
    insert into run_texts values (new.id, new.search_text, new.created_at, new.updated_at, new.archived_at, new.status,
      new.mode, new.mode_name, new.runtime_kind, new.environment, new.scenario_ref, new.tags);
  else
    update run_texts set search_text = new.search_text, created_at = new.created_at, updated_at = new.updated_at,
      archived_at = new.archived_at, status = new.status, mode = new.mode, mode_name = new.mode_name,
      runtime_kind = new.runtime_kind, environment = new.environment, scenario_ref = new.scenario_ref, tags = new.tags
    where run_id = new.id;
    if is_listed and old.tags = new.tags and old.created_at = new.created_at
      and old.archived_at is null and old.mode <> 'sandbox' and octet_length(old.search_text) <= 512 then
      if cardinality(new.tags) > 0 then
        update run_tags set updated_at = new.updated_at, status = new.status, mode_name = new.mode_name,
          runtime_kind = new.runtime_kind, environment = new.environment, scenario_ref = new.scenario_ref
        where tag = any(old.tags) and created_at = old.created_at and run_id = old.id;
      end if;
      return null;
    end if;
    delete from run_tags where tag = any(old.tags) and created_at = old.created_at and run_id = old.id;
  end if;
  if is_listed and cardinality(new.tags) > 0 then
    insert into run_tags
      select distinct tag, new.id, new.created_at, new.updated_at, new.status, new.mode_name, new.runtime_kind,
        new.environment, new.scenario_ref, new.tags
      from unnest(new.tags) as tag;
  end if;
  return null;
end $$;
create trigger runs_copied after insert on runs for each row execute function keep_run_copies();
-- Whatever clients see of a run moves its updated_at; a batch of events does not.
create trigger runs_copies_changed after update on runs
  for each row when (
    (old.updated_at, old.status, old.search_text, old.created_at, old.archived_at, old.mode, old.mode_name,
     old.runtime_kind, old.environment, old.scenario_ref, old.tags)
      is distinct from
        (new.updated_at, new.status, new.search_text, new.created_at, new.archived_at, new.mode, new.mode_name,
         new.runtime_kind, new.environment, new.scenario_ref, new.tags))
  execute function keep_run_copies();

-- Rare statuses in either order: a deep page of several statuses is merged from their slices without sorting them.
create index runs_rare_status_updated_idx on runs (status, updated_at, id)
  include (created_at, mode_name, runtime_kind, environment, scenario_ref, tags, search_text)
  where archived_at is null and mode <> 'sandbox' and octet_length(search_text) <= 512 and status <> 'completed';
