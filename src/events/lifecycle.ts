import type { EventDraft } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import { isTerminal, type Run, type RunStatus } from '../contracts/run.js';
import type { SessionSnapshot, SessionState, StateVia } from '../contracts/session.js';
import { storable } from '../contracts/text.js';
import { RUN_FAILURE_CODES } from '../errors/codes.js';
import { knownMetadata, metadataOf } from './session-metadata.js';

export type DraftSource = EventDraft['source'];

/** A report that the session is in some state. */
export interface StateChange {
  readonly state: SessionState;
  readonly via: StateVia;
  /** When it happened, as far as we know. */
  readonly ts: IsoTime;
  /** When the read that told it was sent, or the watch opened that tells how it found the session. */
  readonly askedAt?: IsoTime;
  /** When we heard of it; default `ts`. */
  readonly receivedAt?: IsoTime;
  /** The runtime's own clock, when it told one. */
  readonly observedAt?: IsoTime;
  readonly reason?: string;
  readonly by?: string;
  readonly snapshot?: SessionSnapshot;
  /** The Commitment that resolved it. */
  readonly commitment?: { readonly outcomePositive: boolean | null; readonly action: string };
}

/** What a session's state makes of its run. UNSPECIFIED teaches nothing. */
const LEADS_TO: Record<SessionState, RunStatus | undefined> = {
  SESSION_STATE_UNSPECIFIED: undefined,
  SESSION_STATE_OPEN: 'running',
  SESSION_STATE_SUSPENDED: 'suspended',
  SESSION_STATE_RESOLVED: 'completed',
  SESSION_STATE_EXPIRED: 'failed',
  SESSION_STATE_CANCELLED: 'cancelled',
};

/** Whether a run may go there without having been `running`. */
const FROM_ANYWHERE: ReadonlySet<RunStatus> = new Set(['failed', 'cancelled']);

export function isFinalState(state: SessionState | undefined): boolean {
  const status = state && LEADS_TO[state];
  return status !== undefined && isTerminal(status);
}

/**
 * Whether a report tells the past: one that was asked for before the last change was recorded (the caller asks again),
 * or one that by the runtime's clock is older than that change. A final state never does: nothing comes after it.
 */
export function isLate(run: Run, change: StateChange): boolean {
  if (isFinalState(change.state)) return false;
  const { stateChangedAt, stateObservedAt } = run.session;
  if (change.askedAt !== undefined && stateChangedAt !== undefined && change.askedAt < stateChangedAt) return true;
  return change.observedAt !== undefined && stateObservedAt !== undefined && change.observedAt < stateObservedAt;
}

/**
 * What a report of the session's state makes happen: nothing, or exactly one session.state.changed and the run event
 * it causes. Never throws. A driver run's first OPEN is not recorded here but by `sessionOpened`.
 */
export function changeState(run: Run, change: StateChange, source: DraftSource): readonly EventDraft[] {
  const target = LEADS_TO[change.state];
  if (target === undefined || !isNews(run, change) || isLate(run, change)) return [];
  if (isTerminal(run.status)) return [stateChanged(run, change, source, undefined)];
  if (!run.session.bound && !FROM_ANYWHERE.has(target)) return [];
  const passesRunning = run.status === 'binding_session' && !FROM_ANYWHERE.has(target);
  const changed = stateChanged(run, change, source, passesRunning ? 'running' : undefined);
  return [changed, ...caused(run, target, change, source)];
}

/**
 * A driver run's first OPEN, which makes it running; recorded once its last kickoff message is acknowledged. Nothing
 * when an earlier suspension or end has won, or when it is recorded already.
 */
export function sessionOpened(run: Run, ts: IsoTime, via: StateVia): readonly EventDraft[] {
  if (run.status !== 'binding_session' || !run.session.bound || run.session.state !== undefined) return [];
  const change: StateChange = { state: 'SESSION_STATE_OPEN', via, ts };
  return [stateChanged(run, change, { kind: 'macp-control-plane', name: 'run-manager' }, 'running')];
}

function isNews(run: Run, change: StateChange): boolean {
  const known = run.session.state;
  if (known === change.state || isFinalState(known)) return false;
  const firstOpen = known === undefined && change.state === 'SESSION_STATE_OPEN';
  return !(firstOpen && run.executionMode === 'driver');
}

function stateChanged(
  run: Run,
  change: StateChange,
  source: DraftSource,
  runStatus: RunStatus | undefined,
): EventDraft {
  return {
    type: 'session.state.changed',
    ts: change.ts,
    subject: { kind: 'session', id: run.sessionId },
    source,
    data: {
      ...metadataFor(run, change),
      sessionId: run.sessionId,
      state: change.state,
      previousState: run.session.state ?? null,
      via: change.via,
      ...(runStatus === undefined ? {} : { runStatus }),
      ...causeOf(change),
      recordedAt: change.receivedAt ?? change.ts,
      ...(change.observedAt === undefined ? {} : { observedAt: change.observedAt }),
    },
  };
}

function metadataFor(run: Run, change: StateChange) {
  if (change.snapshot !== undefined) return metadataOf(run, change.snapshot);
  const known = knownMetadata(run);
  const { expiresAt: _iso, expiresAtUnixMs: _unixMs, ...lasting } = known;
  // A resume moves the deadline, and without a snapshot nobody says whereto.
  const moved = change.state === 'SESSION_STATE_OPEN' && run.session.state === 'SESSION_STATE_SUSPENDED';
  return moved ? lasting : known;
}

function causeOf(change: StateChange) {
  return {
    ...(change.reason ? { reason: storable(change.reason) } : {}),
    ...(change.by ? { by: storable(change.by) } : {}),
  };
}

function caused(run: Run, target: RunStatus, change: StateChange, source: DraftSource): readonly EventDraft[] {
  const at = { ts: change.ts, subject: { kind: 'run', id: run.id }, source } as const;
  const ended = { endedAt: change.ts, runtimeSessionId: run.sessionId };
  switch (target) {
    case 'running':
      if (run.status !== 'suspended') return [];
      return [{ ...at, type: 'run.resumed', data: { status: 'running', runtimeSessionId: run.sessionId } }];
    case 'suspended':
      return [{ ...at, type: 'run.suspended', data: { status: 'suspended', runtimeSessionId: run.sessionId } }];
    case 'completed':
      return [{ ...at, type: 'run.completed', data: { status: 'completed', ...ended, ...outcomeOf(run, change) } }];
    case 'failed': {
      const error = RUN_FAILURE_CODES.SESSION_EXPIRED;
      return [{ ...at, type: 'run.failed', data: { status: 'failed', ...ended, error, errorCode: 'SESSION_EXPIRED' } }];
    }
    case 'cancelled':
      return [{ ...at, type: 'run.cancelled', data: { status: 'cancelled', ...ended, ...causeOf(change) } }];
    case 'queued':
    case 'starting':
    case 'binding_session':
      return [];
    default:
      return target satisfies never;
  }
}

function outcomeOf(run: Run, { via, commitment }: StateChange) {
  const missing = via !== 'commitment' && !run.session.committed;
  return {
    outcomePositive: commitment?.outcomePositive ?? null,
    ...(commitment === undefined ? {} : { action: commitment.action }),
    ...(missing ? { commitmentMissing: true as const } : {}),
  };
}
