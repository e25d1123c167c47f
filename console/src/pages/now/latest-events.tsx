import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { Panel } from '../../ui/panel.js';
import { Clock } from '../../ui/time.js';
import { eventTitle } from '../../words/event-title.js';
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
              {data.map(({ id, runId, seq, ts, type }) => (
                <li key={id}>
                  <Clock iso={ts} />
                  <Link to="/runs/$runId" params={{ runId }} search={{ tab: 'events', event: seq }}>
                    {eventTitle(type)}
                  </Link>
                  <code className="quiet">{shortId(runId)}</code>
                </li>
              ))}
            </ol>
          )
        }
      </Asked>
    </Panel>
  );
}
