import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { Badge } from '../../ui/badge.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { Ago } from '../../ui/time.js';
import { modeTitle, shortId, shortName } from '../../words/names.js';
import { sessionWord } from '../../words/session.js';

/** What the runtime itself knows, to hold against what we recorded. A session’s run answers to the session’s id. */
export function SessionsTab() {
  const query = useQuery(queries.sessions());
  return (
    <Panel title="Sessions that the runtime knows">
      <Asked query={query} what="the sessions" lines={6}>
        {({ data, total }) =>
          data.length === 0 ? (
            <Empty title="The runtime knows no session" />
          ) : (
            <>
              {total > data.length && (
                <p className="quiet">
                  The {data.length} newest of {total.toLocaleString()}.
                </p>
              )}
              <Sessions sessions={data} />
            </>
          )
        }
      </Asked>
    </Panel>
  );
}

interface Session {
  readonly sessionId: string;
  readonly modeName: string;
  readonly state: string;
  readonly initiator: string;
  readonly participants: number;
  readonly startedAt?: string;
  readonly expiresAt?: string;
}

function Sessions({ sessions }: { sessions: readonly Session[] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Sessions, newest first">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col">State</th>
            <th scope="col">Mode</th>
            <th scope="col">Opened by</th>
            <th scope="col">Participants</th>
            <th scope="col">Started</th>
            <th scope="col">Ends</th>
          </tr>
        </thead>
        <tbody>
          {sessions.map(({ sessionId, modeName, state, initiator, participants, startedAt, expiresAt }) => (
            <tr key={sessionId}>
              <th scope="row">
                <Link to="/runs/$runId" params={{ runId: sessionId }} title={sessionId}>
                  {shortId(sessionId)}
                </Link>
              </th>
              <td>
                <Badge tone={sessionWord(state).tone}>{sessionWord(state).word}</Badge>
              </td>
              <td>{modeTitle(modeName)}</td>
              <td>{shortName(initiator)}</td>
              <td className="number">{participants}</td>
              <td>{startedAt !== undefined && <Ago iso={startedAt} />}</td>
              <td>{expiresAt !== undefined && <Ago iso={expiresAt} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
