import { Link } from '@tanstack/react-router';
import type { RunEvent, RunState } from '../../api/types.js';
import { Badge } from '../../ui/badge.js';
import { Panel } from '../../ui/panel.js';
import { Clock } from '../../ui/time.js';
import { eventSentence, eventTone } from '../../words/events.js';
import { shortName } from '../../words/names.js';
import { PARTICIPANT_STATUS } from '../../words/status.js';
import { DecisionPanel } from './decision/decision-panel.js';
import { Picture } from './picture/picture.js';
import type { Moment } from './use-moment.js';

/** Events in the short list. */
const LATEST_MAX = 8;
/** More participants are in the list of the details. */
const PARTICIPANTS_MAX = 12;

/** What happened, for somebody who was not there. */
export function StoryTab({ runId, state, moment }: { runId: string; state: RunState; moment: Moment }) {
  return (
    <div className="story">
      <Picture runId={runId} state={state} />
      <div className="story-side">
        <DecisionPanel runId={runId} state={state} />
        <Participants state={state} />
        {moment.at === undefined && <Latest tail={moment.feed.tail} />}
      </div>
    </div>
  );
}

function Participants({ state: { participants } }: { state: RunState }) {
  const shown = participants.slice(0, PARTICIPANTS_MAX);
  const others = participants.length - shown.length;
  return (
    <Panel title="Participants" aside={<span className="quiet number">{participants.length}</span>}>
      <ul className="people">
        {shown.map(({ participantId, role, status, latestSummary, messageCount }) => (
          <li key={participantId} className="person">
            <span title={participantId}>
              <strong>{shortName(participantId)}</strong>
              {role !== undefined && <span className="quiet"> · {role}</span>}
            </span>
            <Badge tone={PARTICIPANT_STATUS[status].tone} title={PARTICIPANT_STATUS[status].meaning}>
              {PARTICIPANT_STATUS[status].word}
            </Badge>
            <span className="quiet person-summary">
              {messageCount === 0 ? 'no message' : `${messageCount} ${messageCount === 1 ? 'message' : 'messages'}`}
              {latestSummary !== undefined && ` · last: ${latestSummary}`}
            </span>
          </li>
        ))}
      </ul>
      {others > 0 && <p className="quiet">and {others} others</p>}
    </Panel>
  );
}

function Latest({ tail }: { tail: readonly RunEvent[] }) {
  if (tail.length === 0) return null;
  const latest = tail.slice(-LATEST_MAX).reverse();
  return (
    <Panel title="What just happened">
      <ol className="latest">
        {latest.map((event) => (
          <li key={event.seq}>
            <Link
              from="/runs/$runId"
              to="/runs/$runId"
              search={(before) => ({ ...before, event: event.seq })}
              replace
              data-tone={eventTone(event)}
            >
              <Clock iso={event.ts} /> {eventSentence(event)}
            </Link>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
