import { Fragment } from 'react';
import { Badge } from '../../../ui/badge.js';
import { shortName } from '../../../words/names.js';
import { EventLink } from '../event-link.js';
import type { Said, Voice } from './voices.js';

interface VoicesTableProps {
  readonly runId: string;
  readonly voices: readonly Voice[];
  readonly titles: ReadonlyMap<string, string>;
}

/** Who said what, and below it why; what was said leads to its event. */
export function VoicesTable({ runId, voices, titles }: VoicesTableProps) {
  if (voices.length === 0) return <p className="quiet">Nobody has answered so far.</p>;
  const isOneThing = titles.size < 2 || !voices.some(({ proposalId }) => titles.has(proposalId));
  const hasOpinions = voices.some(({ opinions }) => opinions.length > 0);
  const hasBallots = voices.some(({ ballot }) => ballot !== undefined);
  const columns = 1 + [!isOneThing, hasOpinions, hasBallots].filter(Boolean).length;
  return (
    <div className="table-scroll voices" tabIndex={0} role="region" aria-label="Who said what and why">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Participant</th>
            {!isOneThing && <th scope="col">About</th>}
            {hasOpinions && <th scope="col">Said</th>}
            {hasBallots && <th scope="col">Answer</th>}
          </tr>
        </thead>
        <tbody>
          {voices.map((voice) => (
            <Fragment key={`${voice.participantId} ${voice.proposalId}`}>
              <tr>
                <th scope="row">{shortName(voice.participantId)}</th>
                {!isOneThing && <td>{titles.get(voice.proposalId) ?? voice.proposalId}</td>}
                {hasOpinions && (
                  <td>
                    <SaidList runId={runId} said={voice.opinions} />
                  </td>
                )}
                {hasBallots && <td>{voice.ballot && <SaidLink runId={runId} said={voice.ballot} />}</td>}
              </tr>
              {voice.reasons.length > 0 && (
                <tr className="voice-reasons">
                  <td colSpan={columns}>{voice.reasons.join('; ')}</td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function SaidList({ runId, said }: { runId: string; said: readonly Said[] }) {
  return (
    <ul className="voice-said">
      {said.map((each) => (
        <li key={each.seq}>
          <SaidLink runId={runId} said={each} />
        </li>
      ))}
    </ul>
  );
}

function SaidLink({ runId, said }: { runId: string; said: Said }) {
  return (
    <EventLink runId={runId} seq={said.seq} className="voice-link">
      <Badge tone={said.tone}>{said.words}</Badge>
    </EventLink>
  );
}
