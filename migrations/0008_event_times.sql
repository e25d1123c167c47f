-- Searches by time ask where in the order of all events a window begins and ends: no event of it is before, none behind.
-- Times alone do not tell, because an event may be stored long after its time. See ADR 7.

create index run_events_canonical_time_idx on run_events_canonical using brin (ts, global_ordinal)
  with (autosummarize = on);
drop index run_events_canonical_ts_idx;
