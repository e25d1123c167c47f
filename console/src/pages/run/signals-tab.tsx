import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { RunState } from '../../api/types.js';
import { Badge } from '../../ui/badge.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { Clock } from '../../ui/time.js';
import { shortName } from '../../words/names.js';
import type { Tone } from '../../words/status.js';

type Signal = RunState['signals']['signals'][number];
type Progress = RunState['progress']['entries'][number];

/** As many of each as the state of a run keeps. */
const SIGNALS_MAX = 200;
const PROGRESS_MAX = 100;

const SEVERITIES: Readonly<Record<string, Tone>> = { low: 'neutral', medium: 'warning', high: 'bad', critical: 'bad' };

/** What agents told beside the session’s history: newest first. */
export function SignalsTab({ state }: { state: RunState }) {
  const signals = state.signals.signals.toReversed();
  const progress = state.progress.entries.toReversed();
  return (
    <div className="grid">
      <Panel title="Signals" aside={<Count count={signals.length} keptMax={SIGNALS_MAX} />}>
        {signals.length === 0 ? (
          <Empty title="No signals">
            <p className="quiet">Agents send them to tell about themselves; they are no part of the decision.</p>
          </Empty>
        ) : (
          <ul className="told">
            {signals.map((signal) => (
              <SignalItem key={signal.id} signal={signal} />
            ))}
          </ul>
        )}
      </Panel>
      <Panel title="Progress" aside={<Count count={progress.length} keptMax={PROGRESS_MAX} />}>
        {progress.length === 0 ? (
          <Empty title="No progress reported" />
        ) : (
          <ul className="told">
            {progress.map((entry) => (
              <ProgressItem key={entry.seq} entry={entry} />
            ))}
          </ul>
        )}
      </Panel>
    </div>
  );
}

/** A full list may have lost its oldest. */
function Count({ count, keptMax }: { count: number; keptMax: number }) {
  return <span className="quiet number">{count >= keptMax ? `newest ${count}` : count}</span>;
}

function SignalItem({ signal }: { signal: Signal }) {
  const { name, severity, sourceParticipantId, ts, confidence, payload, member, acknowledgedBy, seq } = signal;
  return (
    <li>
      <EventLink seq={seq}>
        <Clock iso={ts} /> <strong>{shortName(sourceParticipantId)}</strong> {name}
      </EventLink>
      {severity !== undefined && <Badge tone={SEVERITIES[severity] ?? 'neutral'}>{severity}</Badge>}
      {!member && <Badge tone="warning">not a participant</Badge>}
      {confidence !== undefined && <span className="quiet number">{Math.round(confidence * 100)} % sure</span>}
      {acknowledgedBy !== undefined && <span className="quiet">seen by {shortName(acknowledgedBy)}</span>}
      {payload !== undefined && payload !== null && <code className="told-payload">{JSON.stringify(payload)}</code>}
    </li>
  );
}

function ProgressItem({ entry: { participantId, percentage, message, ts, seq } }: { entry: Progress }) {
  return (
    <li>
      <EventLink seq={seq}>
        <Clock iso={ts} /> <strong>{shortName(participantId)}</strong> {message}
      </EventLink>
      {percentage !== undefined && (
        <span className="row">
          <progress value={percentage} max={100} aria-label={`Progress of ${shortName(participantId)}`} />
          <span className="number quiet">{Math.round(percentage)} %</span>
        </span>
      )}
    </li>
  );
}

function EventLink({ seq, children }: { seq: number; children: ReactNode }) {
  return (
    <Link from="/runs/$runId" to="/runs/$runId" search={(before) => ({ ...before, event: seq })} replace>
      {children}
    </Link>
  );
}
