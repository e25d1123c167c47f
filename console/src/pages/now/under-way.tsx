import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { RunPage } from '../../api/types.js';
import { Asked } from '../../ui/asked.js';
import { Badge, StatusBadge } from '../../ui/badge.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { RunLink } from '../../ui/run-link.js';
import { Ago } from '../../ui/time.js';
import { useNow } from '../../ui/use-now.js';
import { eventTitle } from '../../words/events.js';
import { modeTitle } from '../../words/names.js';
import { countOf, countWords, totalOf } from '../../words/number.js';
import { NON_TERMINAL } from '../../words/status.js';
import { streamWord } from '../../words/stream.js';
import { spanWords } from '../../words/time.js';
import { standingOf, type Judged } from './attention.js';

interface Props {
  readonly list: UseQueryResult<RunPage>;
  readonly watched: readonly Judged[];
  /** Of all that were judged, also those that are not shown. */
  readonly needyCount: number;
}

/** The runs that have not ended: first those that need a person, then the others. */
export function UnderWay({ list, watched, needyCount }: Props) {
  const needy = watched.filter(({ concerns }) => concerns.length > 0);
  const fine = watched.filter(({ concerns }) => concerns.length === 0);
  return (
    <>
      {needy.length > 0 && (
        <Panel
          title="Need a look"
          className="now-needy"
          aside={<span className="quiet">{shownOf(needy.length, needyCount) + judgedOf(list.data)}</span>}
        >
          <Asked query={list} what="the runs that need a look">
            {() => (
              <ul className="now-concerns">
                {needy.map((judged) => (
                  <Needy key={judged.run.id} {...judged} />
                ))}
              </ul>
            )}
          </Asked>
        </Panel>
      )}
      <Panel title="Under way" aside={<All list={list} />}>
        <Asked query={list} what="the runs under way">
          {({ data, total, totalIsExact }) => (
            <>
              <Others fine={fine} isQuiet={data.length === 0} />
              {total > watched.length && (
                <p className="quiet now-more">
                  {totalOf({ total: total - watched.length, totalIsExact }, 'more run')} under way{' '}
                  {total - watched.length === 1 ? 'is' : 'are'} not shown here.
                </p>
              )}
            </>
          )}
        </Asked>
      </Panel>
    </>
  );
}

function shownOf(shown: number, all: number): string {
  return shown < all ? `${countWords(shown)} of ${countOf(all, 'run')}` : countOf(shown, 'run');
}

/** Of a backlog only a part is judged. */
function judgedOf(page: RunPage | undefined): string {
  if (page === undefined || page.nextCursor === null) return '';
  return `, of the ${countWords(page.data.length)} that changed longest ago`;
}

function All({ list }: { list: UseQueryResult<RunPage> }) {
  const search = { status: NON_TERMINAL.join(','), sandbox: true, archived: true } as const;
  return (
    <Link to="/runs" search={search}>
      {list.data && list.data.total > 0 ? `${totalOf(list.data, 'run')} under way` : 'In the list of runs'}
    </Link>
  );
}

function Needy({ run, concerns, ...facts }: Judged) {
  return (
    <li className="now-concern">
      <div className="row">
        <StatusBadge status={run.status} />
        <RunLink run={run} />
      </div>
      {concerns.map(({ kind, reason, advice }) => (
        <p key={kind}>
          {reason} <span className="quiet">{advice}</span>
        </p>
      ))}
      <p className="quiet now-facts">
        {modeTitle(run.modeName)} · launched <Ago iso={run.createdAt} />
        {facts.expiresAt !== undefined && run.status !== 'suspended' && (
          <>
            {' '}
            · <TimeLeft expiresAt={facts.expiresAt} />
          </>
        )}
        {facts.lastEvent && <> · last event: {eventTitle(facts.lastEvent.type).toLowerCase()}</>}
      </p>
    </li>
  );
}

function Others({ fine, isQuiet }: { fine: readonly Judged[]; isQuiet: boolean }) {
  if (isQuiet) {
    return (
      <Empty title="Nothing is under way">
        <p className="quiet">
          <Link to="/launch">Launch a run</Link>, or see <Link to="/runs">what has run</Link>.
        </p>
      </Empty>
    );
  }
  if (fine.length === 0) return <p className="quiet">Every run that is shown needs a look; see above.</p>;
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label="Runs under way">
      <table className="table now-table">
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Run</th>
            <th scope="col">Age</th>
            <th scope="col">Time left</th>
            <th scope="col">Last event</th>
            <th scope="col">Stream</th>
          </tr>
        </thead>
        <tbody>
          {fine.map((judged) => (
            <Row key={judged.run.id} {...judged} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row(judged: Judged) {
  const { run, expiresAt, lastEvent, stream } = judged;
  const now = useNow();
  const streamIs = stream && streamWord(stream.status);
  return (
    <tr>
      <td>
        <StatusBadge status={run.status} />
      </td>
      <td className="now-run">
        <RunLink run={run} />
        <p className="quiet">
          {modeTitle(run.modeName)} · {standingOf(judged, now)}
        </p>
      </td>
      <td className="number now-short">{spanWords(now - Date.parse(run.createdAt))}</td>
      <td className="number now-short">
        {expiresAt === undefined || run.status === 'suspended' ? '–' : <TimeLeft expiresAt={expiresAt} bare />}
      </td>
      <td>{lastEvent === undefined ? '–' : eventTitle(lastEvent.type)}</td>
      <td>{streamIs ? <Badge tone={streamIs.tone}>{streamIs.word}</Badge> : '–'}</td>
    </tr>
  );
}

function TimeLeft({ expiresAt, bare = false }: { expiresAt: string; bare?: boolean }) {
  const left = Date.parse(expiresAt) - useNow();
  return (
    <time dateTime={expiresAt} title={expiresAt}>
      {left > 0 ? `${spanWords(left)}${bare ? '' : ' left'}` : 'time is up'}
    </time>
  );
}
