import type { Database } from '../../../src/db/database.client.js';

/**
 * Lengthens the log of a finished run to `seq` by repeating its last message: far quicker than agents that say it all. Of the
 * state only the length follows. Such events have no place among the events of all runs.
 */
export async function lengthenLog(database: Database, runId: string, seq: number): Promise<void> {
  await database.query(
    `insert into run_events_canonical
       select (jsonb_populate_record(e, jsonb_build_object('seq', n, 'id', gen_random_uuid(), 'global_ordinal', o.lowest - n))).*
         from run_events_canonical e
         join runs r on r.id = e.run_id
         cross join (select least(0, min(global_ordinal)) as lowest from run_events_canonical) o
         cross join generate_series(r.last_seq + 1, $2::int) n
        where e.run_id = $1 and e.seq = (select max(seq) from run_events_canonical
                                          where run_id = $1 and type = 'message.received' and data_seq is null)`,
    [runId, seq],
  );
  await database.query('update runs set last_seq = $2 where id = $1', [runId, seq]);
  await database.query(
    `update run_projections
        set seq = $2, timeline = (timeline::jsonb || jsonb_build_object('latestSeq', $2::int, 'totalEvents', $2::int))::json
      where run_id = $1`,
    [runId, seq],
  );
}
