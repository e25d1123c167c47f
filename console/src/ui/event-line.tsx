import type { RunEvent } from '../api/types.js';
import { eventSentence } from '../words/events.js';
import { Clock } from './time.js';

/** What stands on the line of an event; `place` is where it belongs: its seq, or its run. */
export function EventLine({ event, place }: { event: RunEvent; place: string }) {
  return (
    <>
      <span className="event-place number">{place}</span>
      <Clock iso={event.ts} />
      <span className="event-sentence">{eventSentence(event)}</span>
      <code className="event-type">{event.type}</code>
    </>
  );
}
