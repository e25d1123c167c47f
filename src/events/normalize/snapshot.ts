import type { EventDraft } from '../../contracts/events.js';
import type { IsoTime } from '../../contracts/ids.js';
import type { SnapshotInfo } from '../../contracts/raw-event.js';
import { isTerminal, type Run } from '../../contracts/run.js';
import type { SessionSnapshot, SessionState } from '../../contracts/session.js';
import { evolve } from '../evolve.js';
import { changeState, type StateChange } from '../lifecycle.js';
import { metadataOf } from '../session-metadata.js';
import type { NormalizeEnv, RawOf } from './env.js';
import { optional } from './text.js';

/** What a snapshot tells: the session itself if it was not known yet, then the state it is in. */
export function normalizeSnapshot(run: Run, raw: RawOf<'session-snapshot'>, env: NormalizeEnv): readonly EventDraft[] {
  const { info, receivedAt } = raw;
  const at: At = {
    ts: timeOf(run, info, receivedAt),
    source: { kind: 'runtime', name: env.sourceName, rawType: raw.kind },
  };
  const first = info.snapshot === undefined ? [] : binding(run, info, info.snapshot, at);
  return [...first, ...changeState(first.reduce(evolve, run), toChange(run, raw, at.ts), at.source)];
}

/**
 * The state a session is bound in. A report may keep its state to itself (UNSPECIFIED), because a final state is
 * recorded after the history it ends; the session is bound as it was found all the same.
 */
function stateIn(info: SnapshotInfo, snapshot: SessionSnapshot): SessionState {
  return info.state === 'SESSION_STATE_UNSPECIFIED' ? snapshot.state : info.state;
}

type At = Pick<EventDraft, 'ts' | 'source'>;

/** Once per run, and not after its end: a session.bound carries a status, and no status follows a terminal one. */
function binding(run: Run, info: SnapshotInfo, snapshot: SessionSnapshot, at: At): readonly EventDraft[] {
  if (run.session.bound || isTerminal(run.status)) return [];
  const metadata = metadataOf(run, snapshot);
  const bound: EventDraft = {
    ...at,
    type: 'session.bound',
    subject: { kind: 'session', id: run.sessionId },
    data: { ...metadata, runStatus: 'binding_session', sessionId: run.sessionId, state: stateIn(info, snapshot) },
  };
  const seen = metadata.participants
    .filter(({ participantId }) => !run.session.seen.includes(participantId))
    .map(({ participantId }) => declaredSeen(run, participantId, at));
  return [...started(run, at), bound, ...seen];
}

/** A session seen before anybody began the run passes through the status between. */
function started(run: Run, at: At): readonly EventDraft[] {
  if (run.status !== 'queued') return [];
  return [
    {
      ...at,
      type: 'run.started',
      subject: { kind: 'run', id: run.id },
      data: { status: 'starting', startedAt: at.ts, modeName: run.modeName, runtimeKind: run.runtimeKind },
    },
  ];
}

function declaredSeen(run: Run, participantId: string, at: At): EventDraft {
  const spec = run.request.session.participants.find((participant) => participant.id === participantId);
  return {
    ...at,
    type: 'participant.seen',
    subject: { kind: 'participant', id: participantId },
    data: {
      participantId,
      status: 'idle',
      declared: true,
      ...optional('role', spec?.role),
      ...optional('transportIdentity', spec?.transportIdentity),
    },
  };
}

function toChange(run: Run, { info, receivedAt }: RawOf<'session-snapshot'>, ts: IsoTime): StateChange {
  return {
    state: info.state,
    via: info.via,
    ts,
    receivedAt,
    ...optional('askedAt', info.askedAt),
    ...optional('observedAt', observedChange(run, info)),
    ...optional('reason', info.reason),
    ...optional('by', info.by),
    ...optional('snapshot', info.snapshot),
  };
}

/** When what a snapshot tells happened, as far as anybody knows. */
export function timeOf(run: Run, info: SnapshotInfo, receivedAt: IsoTime): IsoTime {
  if (info.via !== 'watch') return receivedAt;
  // A new session is OPEN from its start on; a session found in another state has changed at some later time.
  const observedAt = info.state === 'SESSION_STATE_OPEN' ? info.observedAt : observedChange(run, info);
  return observedAt !== undefined && observedAt < receivedAt ? observedAt : receivedAt;
}

/**
 * When the runtime saw the change. The initial sync of WatchSessions repeats every session with its start time, whatever
 * has become of it since: that time says nothing about the state.
 */
function observedChange(run: Run, info: SnapshotInfo): IsoTime | undefined {
  const startedAt = (info.snapshot && metadataOf(run, info.snapshot).startedAt) ?? run.session.startedAt;
  if (info.observedAt === undefined || startedAt === undefined) return info.observedAt;
  return info.observedAt > startedAt ? info.observedAt : undefined;
}
