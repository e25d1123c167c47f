import type { Stage } from './stage.js';

/** The database takes no events of this type for now, as it might be out of room. Call the result to end that. */
export async function refuseEvents(
  { controlPlane: { database } }: Pick<Stage, 'controlPlane'>,
  type: string,
): Promise<() => Promise<void>> {
  await database.query(
    `create function refuse() returns trigger language plpgsql
       as $$ begin raise exception 'no room' using errcode = 'disk_full'; end $$`,
  );
  await database.query(
    `create trigger refuse before insert on run_events_canonical for each row
       when (new.type = '${type}') execute function refuse()`,
  );
  return async () => {
    await database.query('drop trigger refuse on run_events_canonical');
    await database.query('drop function refuse');
  };
}
