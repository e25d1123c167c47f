import type { IsoTime } from '../contracts/ids.js';
import type { Database, Transaction } from '../db/database.client.js';
import { isTimeout } from '../db/sqlstate.js';

/** Rows looked at per step. They come as they are stored, which is nearly the order of their ordinals. */
const STEP_ROWS_MAX = 1_000;
/** Two are usual. What takes more is not narrowed down: the search reads all the log for it, and finds the same. */
const STEPS_MAX = 4;
/** So is what takes a step longer: where runs were deleted, the index says little. Milliseconds; the embedded database has no such clock. */
const STEP_MS_MAX = 300;

/**
 * Only the index of times and ordinals answers here. The planner does not know that the two go together, and would rather
 * read half the table.
 */
const BY_TIME_INDEX = `select ${['enable_seqscan', 'enable_indexscan', 'enable_indexonlyscan']
  .map((name) => `set_config('${name}', 'off', true)`)
  .join(', ')}, set_config('statement_timeout', '${STEP_MS_MAX}ms', true)`;

/** Between which ordinals all events of a time window are, as far as was found out; both inclusive. */
export interface EventWindow {
  readonly first?: string | undefined;
  readonly last?: string | undefined;
}

/** An end of the window: the outermost event on that side of a time, and what would be further out. */
interface End {
  readonly pick: 'min' | 'max';
  readonly side: '>=' | '<';
  readonly beyond: '<' | '>';
}
const FIRST_SINCE: End = { pick: 'min', side: '>=', beyond: '<' };
const LAST_BEFORE: End = { pick: 'max', side: '<', beyond: '>' };

/**
 * Where the events of a time window are, among those whose ordinals are below `settled`. Times and ordinals go together
 * but for late events, so what is asked is the index of both, range by range of the table, and never the events between.
 */
export async function findWindow(
  database: Database,
  { afterTs, beforeTs }: { readonly afterTs?: IsoTime | undefined; readonly beforeTs?: IsoTime | undefined },
  settled: string,
): Promise<EventWindow> {
  const found: { -readonly [K in keyof EventWindow]: EventWindow[K] } = {};
  try {
    await database.inquiry(async (tx) => {
      await tx.query(BY_TIME_INDEX);
      found.first = afterTs && (await outermost(tx, FIRST_SINCE, afterTs, settled, settled));
      // Behind the first event since a time, only late ones are from before.
      const next = beforeTs && (await outermost(tx, FIRST_SINCE, beforeTs, settled, settled));
      found.last = beforeTs && next && (await outermost(tx, LAST_BEFORE, beforeTs, next, settled));
    });
  } catch (error) {
    if (!isTimeout(error)) throw error;
  }
  return found;
}

/** `start` when nothing is beyond it; undefined when STEPS_MAX steps do not tell. */
async function outermost(
  tx: Transaction,
  { pick, side, beyond }: End,
  at: IsoTime,
  start: string,
  settled: string,
): Promise<string | undefined> {
  let found = start;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const [row] = await tx.query(
      `select ${pick}(global_ordinal)::text as further from (select global_ordinal from run_events_canonical
         where ts ${side} $1::timestamptz and global_ordinal ${beyond} $2::bigint and global_ordinal < $3::bigint
         limit ${STEP_ROWS_MAX}) e`,
      [at, found, settled],
    );
    const further = row?.['further'];
    if (typeof further !== 'string') return found;
    found = further;
  }
  return undefined;
}
