import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { Panel } from '../../ui/panel.js';
import { Clock } from '../../ui/time.js';
import { eventSentence } from '../../words/events.js';
import { shortId } from '../../words/names.js';

const EVENTS_SHOWN = 12;

/** What happened last, in any run. */
export function LatestEvents() {
  const events = useQuery(queries.newestEvents(EVENTS_SHOWN));
  return (
    <Panel title="Latest events" aside={<Link to="/events">All events</Link>}>
      <Asked query={events} what="the latest events" lines={6}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="quiet">Nothing has happened yet.</p>
          ) : (
            <ol className="now-events">
              {data.map((event) => (
                <li key={event.id}>
                  <Clock iso={event.ts} />
                  <Link to="/runs/$runId" params={{ runId: event.runId }} search={{ tab: 'events', event: event.seq }}>
                    {eventSentence(event)}
                  </Link>
                  <code className="quiet">{shortId(event.runId)}</code>
                </li>
              ))}
            </ol>
          )
        }
      </Asked>
    </Panel>
  );
}
