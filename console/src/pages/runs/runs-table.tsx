import { useEffect, useRef } from 'react';
import type { Run } from '../../api/types.js';
import type { RunsSearch } from '../../search.js';
import { Badge, StatusBadge } from '../../ui/badge.js';
import { RunLink } from '../../ui/run-link.js';
import { Ago } from '../../ui/time.js';
import { useNow } from '../../ui/use-now.js';
import { failureWord } from '../../words/failure.js';
import { modeTitle } from '../../words/names.js';
import { excerpt } from '../../words/read.js';
import { durationOf, environmentOf, intentOf, outcomeOf, runTitle, scenarioOf } from '../../words/run.js';
import { spanWords } from '../../words/time.js';
import { changed } from './filters.js';
import { choose, chosenAmong, range, type Selection } from './selection.js';

interface Props {
  readonly runs: readonly Run[];
  /** These are still the rows of the question before. */
  readonly isOld: boolean;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly search: RunsSearch;
  readonly onSort: (search: RunsSearch) => void;
}

/** One page of runs, each with a box to choose it by; Shift chooses all between two. */
export function RunsTable({ runs, isOld, selection, onSelect, search, onSort }: Props) {
  const lastPressed = useRef<string>(undefined);
  const press = (run: Run, isChosen: boolean, isRange: boolean): void => {
    onSelect(choose(selection, isRange ? range(runs, lastPressed.current, run.id) : [run], isChosen));
    lastPressed.current = run.id;
  };
  return (
    <div className="table-scroll" tabIndex={0} role="group" aria-label="Runs">
      <table className="table runs-table" aria-busy={isOld}>
        <thead>
          <tr>
            <th scope="col">
              <AllBox
                state={chosenAmong(selection, runs)}
                onChange={(isChosen) => onSelect(choose(selection, runs, isChosen))}
              />
            </th>
            <th scope="col">Status</th>
            <th scope="col">Run</th>
            <th scope="col">Outcome</th>
            <SortHead name="Launched" field="createdAt" search={search} onSort={onSort} />
            <th scope="col" className="runs-mid">
              Duration
            </th>
            <th scope="col" className="runs-wide">
              Environment
            </th>
            <th scope="col" className="runs-wide">
              Tags
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Row key={run.id} run={run} isChosen={selection.has(run.id)} onPress={press} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly run: Run;
  readonly isChosen: boolean;
  readonly onPress: (run: Run, isChosen: boolean, isRange: boolean) => void;
}

function Row({ run, isChosen, onPress }: RowProps) {
  return (
    <tr data-chosen={isChosen || undefined}>
      <td>
        <label className="runs-box">
          <input
            type="checkbox"
            checked={isChosen}
            aria-label={`Choose ${runTitle(run)}`}
            onChange={({ target, nativeEvent }) =>
              onPress(run, target.checked, 'shiftKey' in nativeEvent && nativeEvent.shiftKey === true)
            }
          />
        </label>
      </td>
      <td>
        <StatusBadge status={run.status} />
      </td>
      <td className="runs-name">
        <RunLink run={run} />
        <p className="quiet">
          {aboutOf(run)}
          <span className="runs-narrow">
            {' '}
            · <Ago iso={run.createdAt} />
          </span>
        </p>
      </td>
      <td>
        <Outcome run={run} />
      </td>
      <td className="runs-short runs-mid">
        <Ago iso={run.createdAt} />
      </td>
      <td className="runs-short runs-mid number">
        <Duration run={run} />
      </td>
      <td className="runs-wide">{environmentOf(run) ?? '–'}</td>
      <td className="runs-wide runs-tags">{run.tags.length === 0 ? '–' : run.tags.join(', ')}</td>
    </tr>
  );
}

function aboutOf(run: Run): string {
  const title = runTitle(run);
  const more = [intentOf(run), scenarioOf(run)].filter((text) => text !== undefined && text !== title);
  return [modeTitle(run.modeName), run.executionMode === 'observer' ? 'observed' : undefined, ...more]
    .filter((text) => text !== undefined)
    .map((text) => excerpt(text))
    .join(' · ');
}

function Outcome({ run }: { run: Run }) {
  const outcome = outcomeOf(run);
  if (outcome) {
    return (
      <>
        <Badge tone={outcome.tone}>{outcome.word}</Badge>
        {outcome.action !== undefined && <p className="quiet">{outcome.action}</p>}
      </>
    );
  }
  if (run.status === 'failed') return <span title={run.errorMessage}>{failureWord(run.errorCode ?? '')}</span>;
  return <span className="quiet">{run.status === 'cancelled' ? 'None' : 'Not yet'}</span>;
}

function Duration({ run }: { run: Run }) {
  const duration = durationOf(run, useNow());
  return duration === undefined ? '–' : spanWords(duration);
}

interface SortProps {
  readonly name: string;
  readonly field: 'createdAt' | 'updatedAt';
  readonly search: RunsSearch;
  readonly onSort: (search: RunsSearch) => void;
}

function SortHead({ name, field, search, onSort }: SortProps) {
  const isSorted = (search.sort ?? 'createdAt') === field;
  const order = search.order ?? 'desc';
  const next = isSorted && order === 'desc' ? 'asc' : 'desc';
  return (
    <th scope="col" className="runs-mid" aria-sort={isSorted ? (order === 'asc' ? 'ascending' : 'descending') : 'none'}>
      <button type="button" className="runs-sort" onClick={() => onSort(changed(search, { sort: field, order: next }))}>
        {name} <span aria-hidden="true">{isSorted ? (order === 'asc' ? '↑' : '↓') : '↕'}</span>
      </button>
    </th>
  );
}

function AllBox({ state, onChange }: { state: 'none' | 'some' | 'all'; onChange: (isChosen: boolean) => void }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) box.current.indeterminate = state === 'some';
  }, [state]);
  return (
    <label className="runs-box">
      <input
        ref={box}
        type="checkbox"
        checked={state === 'all'}
        aria-label="Choose all on this page"
        onChange={({ target }) => onChange(target.checked)}
      />
    </label>
  );
}
