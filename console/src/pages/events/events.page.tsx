import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Pause, Play } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { EventType, RunEvent } from '../../api/types.js';
import type { EventsSearch } from '../../search.js';
import { Button } from '../../ui/button.js';
import { EventLine } from '../../ui/event-line.js';
import { EventTypeFilter } from '../../ui/event-type-filter.js';
import { Empty, ErrorNote, Loading } from '../../ui/notes.js';
import { PageHead } from '../../ui/page-head.js';
import { LateField } from '../../ui/late-field.js';
import { VirtualList } from '../../ui/virtual-list.js';
import { eventTone } from '../../words/events.js';
import { typesIn, typesText } from '../../words/event-types.js';
import { shortId } from '../../words/names.js';
import { useEventLog } from './use-event-log.js';

/** So many rows before the end, older events are asked for. */
const OLDER_BEFORE = 40;

/** Events of all runs, newest first, as they come. */
export function EventsPage() {
  const search = useSearch({ from: '/events' });
  const navigate = useNavigate({ from: '/events' });
  const [live, setLive] = useState(true);
  const change = (next: EventsSearch): void => void navigate({ search: next, replace: true });
  const types = typesIn(search.types);
  const chooseTypes = (next: readonly EventType[]): void => {
    const { types: _before, ...rest } = search;
    change({ ...rest, ...typesText(next) });
  };
  return (
    <>
      <PageHead title="Events" about="What happened in all runs, newest first.">
        <Button onPress={() => setLive(!live)}>
          {live ? <Pause size={16} aria-hidden="true" /> : <Play size={16} aria-hidden="true" />}
          {live ? 'Hold' : 'Follow live'}
        </Button>
      </PageHead>
      <div className="stack">
        <div className="row">
          <LateField
            label="Run or session id"
            value={search.run ?? ''}
            onChange={(run) => change(withText(search, 'run', run))}
          />
          <LateField
            label="Scenario"
            value={search.scenario ?? ''}
            onChange={(scenario) => change(withText(search, 'scenario', scenario))}
          />
        </div>
        <EventTypeFilter types={types} onChange={chooseTypes} />
        <Log key={JSON.stringify(search)} search={search} types={types} live={live} />
      </div>
    </>
  );
}

function withText(search: EventsSearch, key: 'run' | 'scenario', text: string): EventsSearch {
  const { [key]: _before, ...rest } = search;
  return text === '' ? rest : { ...rest, [key]: text };
}

interface LogProps {
  readonly search: EventsSearch;
  readonly types: readonly EventType[];
  readonly live: boolean;
}

function Log({ search, types, live }: LogProps) {
  const filter = {
    ...(search.run !== undefined && { runId: search.run }),
    ...(search.scenario !== undefined && { scenarioRef: search.scenario }),
    ...(search.from !== undefined && { afterTs: search.from }),
    ...(search.to !== undefined && { beforeTs: search.to }),
    ...(types.length > 0 && { type: [...types] }),
  };
  const log = useEventLog(filter, live);
  const { events, hasOlder, isLoadingOlder, loadOlder } = log;
  const isNearEnd = useCallback(
    (_first: number, last: number) => {
      if (last >= events.length - OLDER_BEFORE && hasOlder && !isLoadingOlder) loadOlder();
    },
    [events.length, hasOlder, isLoadingOlder, loadOlder],
  );
  const failure = log.error && <ErrorNote error={log.error} onRetry={log.retry} />;
  const keyOf = useCallback((index: number) => events[index]?.id ?? String(index), [events]);
  if (!log.isLoaded) return failure ?? <Loading what="the events" lines={8} />;
  return (
    <>
      {events.length === 0 ? (
        <Empty title="No event fits">
          <p className="quiet">{live ? 'The first one that does will appear here.' : 'Follow live to see new ones.'}</p>
        </Empty>
      ) : (
        <VirtualList
          label="Events of all runs, newest first"
          count={events.length}
          keyOf={keyOf}
          row={(index) => <Row event={events[index]} index={index} />}
          onVisible={isNearEnd}
        />
      )}
      {failure}
      {log.dropped > 0 && (
        <p className="quiet">
          {log.dropped.toLocaleString()} events that came since the page was opened are not listed any more. Reload to
          see them.
        </p>
      )}
    </>
  );
}

function Row({ event, index }: { event: RunEvent | undefined; index: number }) {
  if (!event) return null;
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: event.runId }}
      search={{ tab: 'events', event: event.seq }}
      className="event-line"
      data-index={index}
      data-tone={eventTone(event)}
    >
      <EventLine event={event} place={shortId(event.runId)} />
    </Link>
  );
}
