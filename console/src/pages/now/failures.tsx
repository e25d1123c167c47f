import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { queries } from '../../api/queries.js';
import type { Run } from '../../api/types.js';
import type { Window } from '../../search.js';
import { Asked } from '../../ui/asked.js';
import { Panel } from '../../ui/panel.js';
import { RunLink } from '../../ui/run-link.js';
import { Ago } from '../../ui/time.js';
import { useNow } from '../../ui/use-now.js';
import { failureWord } from '../../words/failure.js';
import { modeTitle } from '../../words/names.js';
import { WINDOW_MS, WINDOW_WORDS } from '../../words/window.js';

/** So many are shown; the others are on the Runs page. */
const FAILURES_MAX = 10;

/** The runs that failed in a window of time, the last one first, and why. */
export function Failures({ window }: { window: Window }) {
  const query = queries.runsNow({
    status: ['failed'],
    includeSandbox: true,
    includeArchived: true,
    sortBy: 'updatedAt',
    limit: FAILURES_MAX,
  });
  const failures = useQuery(query);
  const since = useNow() - WINDOW_MS[window];
  return (
    <Panel
      title="Failures"
      aside={
        <Link to="/runs" search={{ status: 'failed', sort: 'updatedAt', sandbox: true, archived: true }}>
          All failures
        </Link>
      }
    >
      <Asked query={failures} what="the failures">
        {({ data }) => <FailureList runs={data.filter((run) => Date.parse(endOf(run)) >= since)} window={window} />}
      </Asked>
    </Panel>
  );
}

function FailureList({ runs, window }: { runs: readonly Run[]; window: Window }) {
  if (runs.length === 0) return <p className="quiet">No run failed. ({WINDOW_WORDS[window]})</p>;
  return (
    <ul className="now-failures">
      {runs.map((run) => (
        <li key={run.id}>
          <RunLink run={run} />
          <p>{failureWord(run.errorCode ?? '')}</p>
          {run.errorMessage !== undefined && <p className="quiet now-message">{run.errorMessage}</p>}
          <p className="quiet">
            {modeTitle(run.modeName)} · <Ago iso={endOf(run)} />
          </p>
        </li>
      ))}
    </ul>
  );
}

function endOf({ endedAt, updatedAt }: Run): string {
  return endedAt ?? updatedAt;
}
