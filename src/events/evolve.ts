import type { CanonicalEvent, EventData, EventDraft, EventType, SessionMetadataData } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import { isTerminal, type BoundSession, type Run, type RunStatus } from '../contracts/run.js';

/** Participants remembered as seen in one run; further ones send without a participant.seen of their own. */
export const PARTICIPANTS_SEEN_MAX = 1_100;

/** Longest context id and extension key that are kept with the run, to be told again; in UTF-16 units. */
export const SESSION_TEXT_UNITS_MAX = 256;

/** What folding needs of an event; a draft has it too. */
type Fact = CanonicalEvent | EventDraft;

type Fold<T extends EventType> = (run: Run, data: EventData[T], ts: IsoTime) => Run;

const unchanged = (run: Run): Run => run;
const statusOf = (run: Run, data: { readonly status: RunStatus }): Run => withStatus(run, data.status);

/** A new event needs a line here: what it changes of the run. The projection keeps everything else. */
const FOLDS: { readonly [T in EventType]: Fold<T> } = {
  'run.created': unchanged,
  'run.started': (run, data) => startedBy(withStatus(run, data.status), data.startedAt),
  'session.bound': bind,
  'participant.seen': (run, data) => withSession(run, { seen: seenWith(run.session.seen, data.participantId) }),
  'policy.resolved': (run, { governance, policyVersion }) =>
    withSession(run, { governance, policyVersion: policyVersion || run.session.policyVersion }),
  'session.state.changed': changeSession,
  'session.stream.opened': unchanged,
  'message.sent': unchanged,
  'message.send_failed': unchanged,
  'message.received': unchanged,
  'proposal.created': unchanged,
  'proposal.updated': unchanged,
  'decision.finalized': (run) => withSession(run, { committed: true }),
  'policy.commitment.evaluated': unchanged,
  'policy.denied': unchanged,
  'signal.emitted': unchanged,
  'signal.acknowledged': unchanged,
  'progress.reported': unchanged,
  'tool.called': unchanged,
  'tool.completed': unchanged,
  'llm.call.completed': unchanged,
  'artifact.created': unchanged,
  'run.suspended': statusOf,
  'run.resumed': statusOf,
  'run.completed': (run, data) => ended(run, data.status, data.endedAt),
  'run.failed': (run, data) => ended(run, data.status, data.endedAt, { code: data.errorCode, message: data.error }),
  'run.cancelled': (run, data) => ended(run, data.status, data.endedAt),
};

/**
 * Folds what one event says into the run, which is returned as it is when that changes nothing; where the event stands
 * is counted by whoever gave it its place. Never throws: what is in the log has happened.
 */
export function evolve(run: Run, fact: Fact): Run {
  // An event's type and data belong together; the table is keyed by the same type, which TypeScript cannot correlate.
  const fold = FOLDS[fact.type] as Fold<EventType>;
  return fold(run, fact.data, fact.ts);
}

function bind(run: Run, data: EventData['session.bound']): Run {
  const bound = withSession(run, {
    bound: true,
    initiator: data.initiator,
    participants: data.participants.map((participant) => participant.participantId),
    modeVersion: data.modeVersion,
    configurationVersion: data.configurationVersion,
    policyVersion: data.policyVersion,
    ...contextIn(data),
    ...timesIn(data),
  });
  return startedBy(withStatus(bound, data.runStatus), data.startedAt);
}

function changeSession(run: Run, data: EventData['session.state.changed'], ts: IsoTime): Run {
  const changed = withSession(run, {
    state: data.state,
    stateChangedAt: data.recordedAt ?? ts,
    ...observedIn(run.session, data.observedAt),
    ...timesIn(data),
  });
  return data.runStatus === undefined ? changed : withStatus(changed, data.runStatus);
}

/** The latest time of the runtime's clock stays, even when a report without one follows. */
function observedIn(session: BoundSession, observedAt: IsoTime | undefined): Partial<BoundSession> {
  const known = session.stateObservedAt;
  if (observedAt === undefined || (known !== undefined && known >= observedAt)) return {};
  return { stateObservedAt: observedAt };
}

/** Each whole or not at all: cut, it would be told as another one. */
function contextIn({ contextId, extensionKeys }: SessionMetadataData): Partial<BoundSession> {
  const isKept = (text: string): boolean => text.length <= SESSION_TEXT_UNITS_MAX;
  return {
    ...(contextId !== undefined && isKept(contextId) ? { contextId } : {}),
    ...(extensionKeys.every(isKept) ? { extensionKeys } : {}),
  };
}

function timesIn(data: Partial<SessionMetadataData>): Partial<BoundSession> {
  return {
    ...(data.startedAt === undefined ? {} : { startedAt: data.startedAt }),
    ...(data.expiresAt === undefined ? {} : { expiresAt: data.expiresAt }),
  };
}

function withSession(run: Run, changes: Partial<BoundSession>): Run {
  return { ...run, session: { ...run.session, ...changes } };
}

function withStatus(run: Run, status: RunStatus): Run {
  return isTerminal(run.status) || run.status === status ? run : { ...run, status };
}

/** A session found late began before our work on it did: the earlier time holds. */
function startedBy(run: Run, startedAt: IsoTime | undefined): Run {
  if (startedAt === undefined || (run.startedAt !== undefined && run.startedAt <= startedAt)) return run;
  return { ...run, startedAt };
}

function ended(run: Run, status: RunStatus, endedAt: IsoTime, error?: { code: string; message: string }): Run {
  if (isTerminal(run.status)) return run;
  return { ...run, status, endedAt, ...(error === undefined ? {} : { error }) };
}

function seenWith(seen: readonly string[], participantId: string): readonly string[] {
  return seen.includes(participantId) || seen.length >= PARTICIPANTS_SEEN_MAX ? seen : [...seen, participantId];
}
