import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import type { EventType } from '../../api/types.js';
import { ErrorNote, Empty, Loading } from '../../ui/notes.js';
import { EventTypeFilter } from '../../ui/event-type-filter.js';
import { typesIn, typesText } from '../../words/event-types.js';
import { Button } from '../../ui/button.js';
import { EventList } from './event-list.js';
import { useAllRows, useFilteredRows } from './use-event-rows.js';
import type { Moment } from './use-moment.js';

/** The log of the run up to the moment that is shown. */
export function EventsTab({ runId, moment }: { runId: string; moment: Moment }) {
  const { types: text, event: selected } = useSearch({ from: '/runs/$runId' });
  const types = useMemo(() => typesIn(text), [text]);
  const navigate = useNavigate({ from: '/runs/$runId' });
  const choose = (next: readonly EventType[]): void =>
    void navigate({ search: ({ types: _before, ...rest }) => ({ ...rest, ...typesText(next) }), replace: true });
  return (
    <div className="stack">
      <EventTypeFilter types={types} onChange={choose} />
      {/* The key: another filter is another list, with its own place. */}
      <Log key={types.join()} runId={runId} moment={moment} types={types} selected={selected} />
    </div>
  );
}

interface LogProps {
  readonly runId: string;
  readonly moment: Moment;
  readonly types: readonly EventType[];
  readonly selected: number | undefined;
}

function Log({ runId, moment: { at, feed }, types, selected }: LogProps) {
  const upTo = at ?? feed.latestSeq;
  const [visible, see] = useState({ first: 0, last: 0 });
  const [follow, setFollow] = useState(selected === undefined);
  const onVisible = useCallback((first: number, last: number) => see({ first, last }), []);
  const all = useAllRows(runId, types.length === 0 ? upTo : 0, feed, visible);
  const filtered = useFilteredRows(runId, types, upTo, feed, visible);
  const rows = types.length === 0 ? all : filtered;
  const failure = rows.error && <ErrorNote error={rows.error} onRetry={rows.retry} />;
  if (rows.count === 0) return failure ?? <NoRows types={types} isComplete={rows.isComplete} />;
  return (
    <>
      <EventList rows={rows} selected={selected} follow={follow} onFollow={setFollow} onVisible={onVisible} />
      {failure}
      <div className="row quiet">
        <span className="number">
          {rows.count.toLocaleString()} {rows.count === 1 ? 'event' : 'events'}
          {!rows.isComplete && ' so far'}
        </span>
        {!follow && <Button onPress={() => setFollow(true)}>Go to the newest</Button>}
      </div>
    </>
  );
}

function NoRows({ types, isComplete }: { types: readonly EventType[]; isComplete: boolean }) {
  if (!isComplete) return <Loading what="the events" lines={8} />;
  return <Empty title={types.length === 0 ? 'Nothing has happened yet' : 'Nothing of these kinds has happened'} />;
}
