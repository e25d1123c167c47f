import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { queries } from '../../api/queries.js';
import type { RunEvent } from '../../api/types.js';
import { Asked } from '../../ui/asked.js';
import { Button } from '../../ui/button.js';
import { JsonView } from '../../ui/json-view.js';
import { Empty } from '../../ui/notes.js';
import { Contained } from '../../ui/panel.js';
import { Clock } from '../../ui/time.js';
import { eventSentence } from '../../words/events.js';

/** The event that the address names, beside whatever else is shown: what was recorded, and what the runtime said. */
export function EventSheet({ runId, latestSeq }: { runId: string; latestSeq: number }) {
  const { event: seq } = useSearch({ from: '/runs/$runId' });
  return seq === undefined ? null : <Sheet runId={runId} seq={seq} latestSeq={latestSeq} />;
}

function Sheet({ runId, seq, latestSeq }: { runId: string; seq: number; latestSeq: number }) {
  const navigate = useNavigate({ from: '/runs/$runId' });
  const open = (event: number | undefined): void =>
    void navigate({
      search: ({ event: _before, ...rest }) => (event === undefined ? rest : { ...rest, event }),
      replace: true,
    });
  const query = useQuery(queries.event(runId, seq));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    bringFocus(heading.current);
    return () => focusAgain(opener);
  }, []);
  return (
    <aside
      className="sheet panel"
      aria-label={`Event ${seq}`}
      onKeyDown={({ key }) => key === 'Escape' && open(undefined)}
    >
      <header className="panel-head">
        <h2 ref={heading} className="number" tabIndex={-1}>
          Event {seq}
        </h2>
        <div className="row">
          <Button look="quiet" aria-label="The event before" isDisabled={seq <= 1} onPress={() => open(seq - 1)}>
            <ChevronLeft size={18} aria-hidden="true" />
          </Button>
          <Button look="quiet" aria-label="The next event" isDisabled={seq >= latestSeq} onPress={() => open(seq + 1)}>
            <ChevronRight size={18} aria-hidden="true" />
          </Button>
          <Button look="quiet" aria-label="Close" onPress={() => open(undefined)}>
            <X size={18} aria-hidden="true" />
          </Button>
        </div>
      </header>
      <Contained>
        <Asked query={query} what="the event">
          {(event) =>
            event ? <Body key={seq} runId={runId} event={event} /> : <Empty title="There is no such event" />
          }
        </Asked>
      </Contained>
    </aside>
  );
}

/** What was left for the sheet may be gone: a list keeps only the rows in sight. */
function focusAgain(opener: Element | null): void {
  const isThere = opener instanceof HTMLElement && opener.isConnected && opener !== document.body;
  if (isThere) bringFocus(opener);
  else document.getElementById('content')?.focus({ preventScroll: true });
}

/** Moves the page no further than to bring it into sight; by itself a browser would put it in the middle. */
function bringFocus(element: HTMLElement | null): void {
  element?.focus({ preventScroll: true });
  element?.scrollIntoView({ block: 'nearest' });
}

function Body({ runId, event }: { runId: string; event: RunEvent }) {
  const { subject, source } = event;
  return (
    <div className="stack">
      <p>{eventSentence(event)}</p>
      <dl className="facts">
        <dt>Type</dt>
        <dd>
          <code>{event.type}</code>
        </dd>
        <dt>Happened</dt>
        <dd>
          <Clock iso={event.ts} />
        </dd>
        <dt>About</dt>
        <dd>
          {subject.kind} <code>{subject.id}</code>
        </dd>
        <dt>Told by</dt>
        <dd>
          {source.kind === 'runtime' ? 'the runtime' : 'the control plane'}
          {source.rawType !== undefined && (
            <>
              {' '}
              as <code>{source.rawType}</code>
            </>
          )}
        </dd>
        <MomentFact seq={event.seq} />
      </dl>
      <section className="stack-small">
        <h3>Recorded</h3>
        <JsonView value={event.data} label={`Data of event ${event.seq}`} />
      </section>
      {source.position !== null && <RawFrame runId={runId} position={source.position} />}
    </div>
  );
}

/** From an event to the state it led to. */
function MomentFact({ seq }: { seq: number }) {
  const navigate = useNavigate({ from: '/runs/$runId' });
  return (
    <>
      <dt>Moment</dt>
      <dd>
        <Button look="quiet" onPress={() => void navigate({ search: (before) => ({ ...before, at: seq }) })}>
          Show the run as it was here
        </Button>
      </dd>
    </>
  );
}

function RawFrame({ runId, position }: { runId: string; position: number }) {
  const query = useQuery(queries.rawEvent(runId, position));
  return (
    <section className="stack-small">
      <h3>As the runtime said it (raw event {position})</h3>
      <Asked query={query} what="the raw event">
        {(raw) => (raw ? <JsonView value={raw} label={`Raw event ${position}`} /> : <Empty title="It is not stored" />)}
      </Asked>
    </section>
  );
}
