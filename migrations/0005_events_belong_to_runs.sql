-- Events belong to a run that exists, and go with it: asked once per statement and run instead of once per row, which took
-- a third of the database's work of storing an event. See ADR 11.

alter table run_events_raw drop constraint run_events_raw_run_id_fkey;
alter table run_events_canonical drop constraint run_events_canonical_run_id_fkey;

-- The lock is that of a foreign key: whoever deletes the run waits for this transaction and then finds these rows, and
-- whoever stores events while the run is deleted waits and then finds no run. One run after the other and in order, so
-- that each look-up is by key and no two statements wait for each other.
create function refuse_events_without_run() returns trigger language plpgsql as $$
declare
  asked uuid;
begin
  for asked in select distinct run_id from fresh order by run_id loop
    perform from runs where id = asked for key share;
    if not found then
      raise foreign_key_violation using
        message = format('%s has events of run %s, which does not exist', tg_table_name, asked),
        table = tg_table_name, column = 'run_id', constraint = tg_name;
    end if;
  end loop;
  return null;
end $$;

create trigger run_events_raw_run_check after insert on run_events_raw
  referencing new table as fresh for each statement execute function refuse_events_without_run();
create trigger run_events_raw_run_update_check after update on run_events_raw
  referencing new table as fresh for each statement execute function refuse_events_without_run();
create trigger run_events_canonical_run_check after insert on run_events_canonical
  referencing new table as fresh for each statement execute function refuse_events_without_run();
create trigger run_events_canonical_run_update_check after update on run_events_canonical
  referencing new table as fresh for each statement execute function refuse_events_without_run();

-- A snapshot that was taken before the run was locked may lack its last events, and they would stay behind.
create function remove_events_of_runs() returns trigger language plpgsql as $$
declare
  asked uuid;
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise feature_not_supported using message = 'runs are deleted in READ COMMITTED only';
  end if;
  for asked in select id from gone loop
    delete from run_events_canonical where run_id = asked;
    delete from run_events_raw where run_id = asked;
  end loop;
  return null;
end $$;

create trigger runs_remove_events after delete on runs
  referencing old table as gone for each statement execute function remove_events_of_runs();

-- Without keys of their own the two tables would no longer be emptied with this one.
create function empty_events() returns trigger language plpgsql as $$
begin
  truncate run_events_canonical, run_events_raw;
  return null;
end $$;

create trigger runs_empty_events after truncate on runs for each statement execute function empty_events();
