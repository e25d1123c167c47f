import type { IsoTime } from '../contracts/ids.js';
import type { Run } from '../contracts/run.js';
import type { Write } from '../db/statement.js';
import { writeOfRows, type Column } from './row-columns.js';
import { facet } from './run-row.js';

interface RunChange {
  readonly before: Run;
  readonly after: Run;
  readonly policyVersion: string | null;
  readonly now: IsoTime;
}

const COLUMNS: readonly Column<RunChange>[] = [
  { name: 'id', type: 'uuid', travel: 'joined', value: ({ before }) => before.id },
  { name: 'old_status', type: 'text', travel: 'joined', value: ({ before }) => before.status },
  { name: 'old_seq', type: 'int4', travel: 'joined', value: ({ before }) => before.lastSeq },
  { name: 'old_position', type: 'int4', travel: 'joined', value: ({ before }) => before.lastPosition },
  { name: 'status', type: 'text', travel: 'joined', value: ({ after }) => after.status },
  { name: 'started_at', type: 'timestamptz', travel: 'joined', value: ({ after }) => after.startedAt },
  { name: 'ended_at', type: 'timestamptz', travel: 'joined', value: ({ after }) => after.endedAt },
  { name: 'error_code', type: 'text', travel: 'free', value: ({ after }) => after.error?.code },
  { name: 'error_message', type: 'text', travel: 'free', value: ({ after }) => after.error?.message },
  { name: 'summary', type: 'jsonb', travel: 'joined', value: ({ after }) => JSON.stringify(after.summary) },
  { name: 'policy_version', type: 'text', travel: 'free', value: ({ policyVersion }) => policyVersion },
  {
    name: 'policy_words',
    type: 'text',
    travel: 'free',
    // In the letters in which all of search_text is, and what is looked for: the database has rules of its own.
    value: ({ policyVersion }) => policyVersion?.toLowerCase(),
  },
  { name: 'last_seq', type: 'int4', travel: 'joined', value: ({ after }) => after.lastSeq },
  { name: 'last_position', type: 'int4', travel: 'joined', value: ({ after }) => after.lastPosition },
  { name: 'last_ordinal', type: 'int4', travel: 'joined', value: ({ after }) => after.lastOrdinal },
  { name: 'updated_at', type: 'timestamptz', travel: 'joined', value: (change) => updatedAt(change) },
];

/** A run that somebody else holds is left out instead of waited for: the others of the statement must not wait as well. */
const updateRuns = writeOfRows(
  COLUMNS,
  (rows) => `update runs r set
      status = u.status, started_at = u.started_at, ended_at = u.ended_at,
      error_code = u.error_code, error_message = u.error_message, summary = u.summary::jsonb,
      policy_version = coalesce(u.policy_version, r.policy_version),
      search_text = case when strpos(r.search_text, u.policy_words) > 0 then r.search_text
                         else r.search_text || coalesce(E'\\n' || u.policy_words, '') end,
      last_seq = u.last_seq, last_position = u.last_position, last_ordinal = u.last_ordinal,
      updated_at = coalesce(u.updated_at, r.updated_at)
    from ${rows}, lateral (select from runs where id = u.id for no key update skip locked) free
    where r.id = u.id and r.status = u.old_status and r.last_seq = u.old_seq and r.last_position = u.old_position`,
);

/**
 * The row after a change. It touches nothing when the row is not as it was, or when another transaction holds it: under
 * the row's lock that is a defect of ours. `updated_at` moves only with what clients see, so that a batch of events leaves
 * every index alone.
 */
export function updateOfRun(before: Run, after: Run, now: IsoTime): Write {
  const policyVersion = before.session.bound === after.session.bound ? null : facet(after.session.policyVersion);
  return updateRuns([{ before, after, policyVersion, now }]);
}

function updatedAt({ before, after, policyVersion, now }: RunChange): IsoTime | null {
  const isVisible =
    before.status !== after.status ||
    before.startedAt !== after.startedAt ||
    before.endedAt !== after.endedAt ||
    before.summary !== after.summary ||
    policyVersion !== null;
  return isVisible ? now : null;
}
