import type { CanonicalEvent, EventType } from '../contracts/events.js';
import { PROJECTION_VERSION, type Projection, type RunStateView } from '../contracts/projection.js';
import { finalize, weigh } from './decision.js';
import { Draft } from './draft.js';
import {
  drawAnswer,
  drawDecision,
  drawFailure,
  drawMessage,
  drawProposal,
  mirrorParticipants,
  openStart,
} from './graph.js';
import { listCall } from './llm.js';
import { countAccepted, countRejected } from './outbound.js';
import {
  addSeen,
  awaitOthers,
  declareParticipants,
  finishTask,
  noteMessage,
  noteProgress,
  noteSignal,
  sweep,
} from './participants.js';
import {
  bindPolicy,
  expectCommitment,
  failQuorum,
  recordDenial,
  recordEvaluation,
  resolvePolicy,
  settlePolicy,
} from './policy.js';
import { listProgress } from './progress.js';
import { readable, type ReadableEvent } from './read.js';
import {
  bindRun,
  closeRun,
  createRun,
  endRun,
  followSession,
  pauseOrResume,
  readSessionStart,
  startRun,
} from './run.js';
import { acknowledgeSignal, listSignal } from './signals.js';
import { recordTimeline } from './timeline.js';
import { followTrace, linkArtifact } from './trace.js';
import type { Update } from './update.js';

/** What every event changes, before anything of its own. */
const ALWAYS: readonly Update[] = [recordTimeline, followTrace];

/** What each event changes, in this order. An event that changes nothing else has an empty row. */
const UPDATES: { readonly [T in EventType]: readonly Update<T>[] } = {
  'run.created': [createRun],
  'run.started': [startRun],
  'session.bound': [bindRun, declareParticipants, openStart, bindPolicy],
  'participant.seen': [addSeen],
  'policy.resolved': [resolvePolicy],
  'session.state.changed': [followSession],
  'session.stream.opened': [],
  'message.sent': [],
  'message.send_failed': [countRejected],
  'message.received': [readSessionStart, noteMessage, drawMessage, countAccepted],
  'proposal.created': [weigh, expectCommitment, awaitOthers, drawProposal],
  'proposal.updated': [weigh, expectCommitment, finishTask, drawAnswer],
  'decision.finalized': [settlePolicy, finalize, drawDecision],
  'policy.commitment.evaluated': [recordEvaluation],
  'policy.denied': [recordDenial],
  'signal.emitted': [listSignal, noteSignal],
  'signal.acknowledged': [acknowledgeSignal],
  'progress.reported': [listProgress, noteProgress],
  'tool.called': [],
  'tool.completed': [],
  'llm.call.completed': [listCall],
  'artifact.created': [linkArtifact],
  'run.suspended': [pauseOrResume],
  'run.resumed': [pauseOrResume],
  'run.completed': [endRun, sweep, closeRun],
  'run.failed': [endRun, sweep, failQuorum, drawFailure, closeRun],
  'run.cancelled': [endRun, sweep, failQuorum, drawFailure, closeRun],
};

/** An event of a type that is not listed (from an import, or a later version) still counts in the timeline. */
const UPDATES_OF: ReadonlyMap<string, readonly Update[]> = new Map(
  // The row under a type takes events of that type, which TypeScript cannot tell from the union.
  Object.entries(UPDATES).map(([type, updates]) => [type, [...ALWAYS, ...(updates as readonly Update[])]]),
);

/** The state before the first event. */
export function initialProjection(runId: string): Projection {
  return {
    projectionVersion: PROJECTION_VERSION,
    view: {
      run: { runId, status: 'queued', modeName: '', runtimeKind: '' },
      participants: [],
      graph: { nodes: [], edges: [] },
      decision: {},
      signals: { signals: [] },
      progress: { entries: [] },
      timeline: { latestSeq: 0, totalEvents: 0, recent: [] },
      trace: { spanCount: 0, linkedArtifacts: [] },
      outboundMessages: { total: 0, queued: 0, accepted: 0, rejected: 0 },
      llm: {
        calls: [],
        totals: { callCount: 0, promptTokens: 0, completionTokens: 0, totalTokens: 0, estimatedCostUsd: 0 },
      },
      policy: {
        policyVersion: '',
        quorumStatus: 'pending',
        commitmentEvaluations: [],
        expectedCommitments: [],
        voteTally: [],
      },
    },
    book: { declared: 0, modeName: '', terminal: false, proposals: [], accepts: [], terminalRejects: [], voters: [] },
  };
}

/**
 * Folds one event into the draft. Total: never throws, looks at no clock, changes nothing else. What it makes survives JSON
 * unchanged, and its size and the work per event have a fixed ceiling (see `bounds.ts`).
 */
export function apply(draft: Draft, event: ReadableEvent): void {
  for (const update of UPDATES_OF.get(event.type) ?? ALWAYS) update(draft, event);
  mirrorParticipants(draft);
}

/** Folds one event into the projection, of which it makes another. */
export function reduce(projection: Projection, event: CanonicalEvent): Projection {
  const draft = new Draft(projection);
  apply(draft, readable(event));
  return draft.settle();
}

/** What clients see: the projection without its book. */
export function toStateView(projection: Projection): RunStateView {
  return projection.view;
}
