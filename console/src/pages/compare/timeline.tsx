import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { EVENT_PAGE, queries } from '../../api/queries.js';
import type { Run, RunEvent } from '../../api/types.js';
import { Asked } from '../../ui/asked.js';
import { Button } from '../../ui/button.js';
import { eventSentence } from '../../words/events.js';
import { countWords } from '../../words/number.js';
import { runTitle } from '../../words/run.js';
import { spanWords } from '../../words/time.js';

/** What happened in a run, in words, with the time since it was launched; page by page. */
export function Timeline({ run, total }: { run: Run; total: number }) {
  const [page, turn] = useState(0);
  const events = useQuery({ ...queries.eventPage(run.id, page), placeholderData: keepPreviousData });
  const first = page * EVENT_PAGE + 1;
  const isLast = first + EVENT_PAGE > total;
  return (
    <Asked query={events} what="the timeline" lines={8}>
      {(data) => (
        <>
          <div className="compare-scroll" tabIndex={0} role="group" aria-label={`Events of ${runTitle(run)}`}>
            <ol className="compare-events">
              {data.map((event) => (
                <Line key={event.id} run={run} event={event} />
              ))}
            </ol>
          </div>
          <div className="row compare-pages">
            <span className="quiet number">
              {data.length === 0
                ? 'No events'
                : `${countWords(first)}–${countWords(first + data.length - 1)} of ${countWords(total)}`}
            </span>
            {total > EVENT_PAGE && (
              <>
                <Button isDisabled={page === 0} onPress={() => turn(page - 1)}>
                  Earlier
                </Button>
                <Button isDisabled={isLast} onPress={() => turn(page + 1)}>
                  Later
                </Button>
              </>
            )}
          </div>
        </>
      )}
    </Asked>
  );
}

function Line({ run, event }: { run: Run; event: RunEvent }) {
  const since = Math.max(0, Date.parse(event.ts) - Date.parse(run.createdAt));
  return (
    <li>
      <time dateTime={event.ts} title={event.ts} className="quiet number">
        +{spanWords(since)}
      </time>
      <Link to="/runs/$runId" params={{ runId: run.id }} search={{ tab: 'events', event: event.seq }}>
        {eventSentence(event)}
      </Link>
    </li>
  );
}
