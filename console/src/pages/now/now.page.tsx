import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Play } from 'lucide-react';
import { queries } from '../../api/queries.js';
import { WINDOWS, type Window } from '../../search.js';
import { Freshness } from '../../ui/freshness.js';
import { PageHead } from '../../ui/page-head.js';
import { Choice } from '../../ui/select.js';
import { WINDOW_WORDS } from '../../words/window.js';
import { Failures } from './failures.js';
import { Figures } from './figures.js';
import { Health } from './health.js';
import { LatestEvents } from './latest-events.js';
import './now.css';
import { UnderWay } from './under-way.js';
import { useWatched } from './use-watched.js';
import { Welcome } from './welcome.js';

const WINDOW: Window = '24h';
const route = getRouteApi('/');

/** What is running, waiting or stuck, and why. */
export function NowPage() {
  const { window = WINDOW } = route.useSearch();
  const navigate = route.useNavigate();
  const { list, watched, needyCount } = useWatched();
  const isQuiet = list.data?.data.length === 0;
  const anyRun = useQuery({
    ...queries.runsNow({ includeSandbox: true, includeArchived: true, limit: 1 }),
    enabled: isQuiet,
  });
  const isNew = isQuiet && anyRun.data?.data.length === 0;

  return (
    <>
      <PageHead title="Now" about={<Freshness updatedAt={list.dataUpdatedAt} />}>
        <Choice
          label="Figures and failures of"
          bare
          value={window}
          options={WINDOWS.map((value) => [value, WINDOW_WORDS[value]] as const)}
          onChange={(chosen) => void navigate({ search: chosen === WINDOW ? {} : { window: chosen }, replace: true })}
        />
        <Link to="/launch" className="button" data-look="primary">
          <Play size={16} aria-hidden="true" />
          Launch a run
        </Link>
      </PageHead>
      <div className="stack">
        {isNew ? <Welcome /> : <UnderWay list={list} watched={watched} needyCount={needyCount} />}
        <div className="now-columns">
          <div className="stack">
            <Failures window={window} />
            {!isNew && <Figures window={window} />}
          </div>
          <div className="stack">
            <Health />
            <LatestEvents />
          </div>
        </div>
      </div>
    </>
  );
}
