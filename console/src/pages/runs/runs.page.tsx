import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { queries, renewsItself } from '../../api/queries.js';
import type { BatchAction } from '../../api/batch.client.js';
import type { RunPage } from '../../api/types.js';
import type { RunsSearch } from '../../search.js';
import { Asked } from '../../ui/asked.js';
import { Button } from '../../ui/button.js';
import { Freshness } from '../../ui/freshness.js';
import { Empty } from '../../ui/notes.js';
import { PageHead } from '../../ui/page-head.js';
import { totalOf } from '../../words/number.js';
import { ActionBar } from './action-bar.js';
import { BatchDialog } from './batch-dialog.js';
import { Filters } from './filters-form.js';
import { changed, filterCount, queryOf, withoutFilters } from './filters.js';
import { Pager } from './pager.js';
import './runs.css';
import { RunsTable } from './runs-table.js';
import { NOTHING, type Selection } from './selection.js';

const route = getRouteApi('/runs');

/** Every run there is: found, read and acted on. */
export function RunsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [selection, select] = useState<Selection>(NOTHING);
  // Here, and not in the bar: the bar goes when nothing is chosen any more, and the results stay.
  const [action, act] = useState<BatchAction>();
  const close = (): void => {
    act(undefined);
    // The button that opened the dialog may be gone, and the focus with it.
    if (selection.size === 0)
      requestAnimationFrame(() => document.getElementById('content')?.focus({ preventScroll: true }));
  };
  const query = queryOf(search);
  const runs = useQuery(queries.runs(query));
  const renews = renewsItself(query);
  const change = (next: RunsSearch, replace: boolean): void => void navigate({ search: next, replace });
  return (
    <>
      <PageHead title="Runs" about={<About runs={runs} renews={renews} />}>
        {!renews && (
          <Button isPending={runs.isFetching} onPress={() => void runs.refetch()}>
            <RefreshCw size={16} aria-hidden="true" />
            Refresh
          </Button>
        )}
        <Link to="/compare" className="button">
          Compare two
        </Link>
      </PageHead>
      <div className="stack">
        <Filters search={search} onChange={(next) => change(next, true)} />
        {selection.size > 0 && <ActionBar selection={selection} onSelect={select} onAct={act} />}
        {action && <BatchDialog action={action} selection={selection} onSelect={select} onClose={close} />}
        <Asked query={runs} what="the runs" lines={10}>
          {(page) =>
            page.data.length === 0 ? (
              <NoRuns search={search} onClear={() => change(withoutFilters(search), false)} />
            ) : (
              <>
                <RunsTable
                  runs={page.data}
                  isOld={runs.isPlaceholderData}
                  selection={selection}
                  onSelect={select}
                  search={search}
                  onSort={(next) => change(next, true)}
                />
                <Pager
                  cursor={search.cursor}
                  nextCursor={page.nextCursor}
                  shown={page.data.length}
                  onCursor={(cursor) =>
                    change({ ...changed(search, {}), ...(cursor !== undefined && { cursor }) }, false)
                  }
                />
              </>
            )
          }
        </Asked>
      </div>
    </>
  );
}

function About({ runs, renews }: { runs: UseQueryResult<RunPage>; renews: boolean }) {
  return (
    <>
      <span role="status">{runs.data ? totalOf(runs.data, 'run') : 'Counting …'}</span>
      {runs.dataUpdatedAt > 0 && (
        <>
          {' '}
          · <Freshness updatedAt={runs.dataUpdatedAt} renews={renews} />
        </>
      )}
    </>
  );
}

function NoRuns({ search, onClear }: { search: RunsSearch; onClear: () => void }) {
  if (search.cursor !== undefined || filterCount(search) > 0) {
    return (
      <Empty title="No run is like that">
        <p className="quiet">Archived and sandbox runs are only found when they are asked for.</p>
        <Button onPress={onClear}>Clear all filters</Button>
      </Empty>
    );
  }
  return (
    <Empty title="No runs yet">
      <p>
        <Link to="/launch">Launch one from an example</Link>; sandbox runs are shown when they are asked for.
      </p>
    </Empty>
  );
}
