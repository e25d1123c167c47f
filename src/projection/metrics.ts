import type { CanonicalEvent, EventType } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import type { ParticipantMetrics, RunMetrics } from '../contracts/metrics.js';
import { PARTICIPANTS_MAX, WORD_CHARS_MAX } from './bounds.js';
import { outcomeOf } from './decision.js';
import { addCall, addCost, addCount } from './llm.js';
import { amountOf, flagOf, idOf, numberOf, readable, textOf, timeOf } from './read.js';
import { earlier } from './run.js';
import type { Events } from './update.js';

/** Metrics that are being counted: a copy nobody else has seen yet. What they hold is not theirs, and stays as it is. */
type Draft = { -readonly [K in keyof RunMetrics]: RunMetrics[K] };

/** What one event adds. */
type Count<T extends EventType = EventType> = (draft: Draft, event: Events[T]) => void;

type Counter = {
  [K in keyof RunMetrics]-?: RunMetrics[K] extends number ? K : never;
}[keyof RunMetrics];

function tally(counter: Counter): Count {
  return (draft) => {
    draft[counter] += 1;
  };
}

/** Changes one participant's row, making it first if there is room and the id is not blank. */
function credit(draft: Draft, sender: unknown, change: (row: ParticipantMetrics) => ParticipantMetrics): void {
  const participantId = idOf(sender);
  const { participants } = draft;
  const index = participants.findIndex((row) => row.participantId === participantId);
  const found = participants[index];
  if (found !== undefined) draft.participants = participants.with(index, change(found));
  else if (participantId.trim() !== '' && participants.length < PARTICIPANTS_MAX) {
    draft.participants = [...participants, change(emptyRow(participantId))];
  }
}

function emptyRow(participantId: string): ParticipantMetrics {
  return {
    participantId,
    messages: 0,
    signals: 0,
    confidenceSum: 0,
    confidenceCount: 0,
    latencySumMs: 0,
    latencyCount: 0,
    tokens: 0,
    costUsd: 0,
  };
}

/** A sum of senders' numbers, which may be as large as they like; it stays where such sums of many runs can be summed. */
function addAmount(sum: number, value: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(sum + value, Number.MAX_SAFE_INTEGER));
}

/** Whoever takes part has a row, also without a word: the agent dashboard counts runs by rows. */
const seeParticipant: Count<'participant.seen'> = (draft, { data }) => credit(draft, data.participantId, (row) => row);

const countMessage: Count<'message.received'> = (draft, { data }) => {
  if (data.payloadEncoding === 'undecodable') draft.parkedCount += 1;
  if (flagOf(data.ambient)) return;
  draft.messageCount += 1;
  credit(draft, data.sender, (row) => ({ ...row, messages: row.messages + 1 }));
};

const countSignal: Count<'signal.emitted'> = (draft, { data }) => {
  draft.signalCount += 1;
  if (flagOf(data.member)) credit(draft, data.sender, (row) => ({ ...row, signals: row.signals + 1 }));
};

const sumConfidence: Count<'proposal.updated'> = (draft, { data }) => {
  const confidence = numberOf(data.confidence);
  if (data.messageType !== 'Evaluation' || confidence === undefined) return;
  credit(draft, data.sender, (row) => ({
    ...row,
    confidenceSum: addAmount(row.confidenceSum, confidence),
    confidenceCount: row.confidenceCount + 1,
  }));
};

const countCall: Count<'llm.call.completed'> = (draft, event) => {
  const { data } = event;
  const { callCount, ...sums } = addCall({ ...draft, callCount: draft.llmCallCount }, event);
  const latencyMs = amountOf(data.latencyMs);
  Object.assign(draft, sums, { llmCallCount: callCount });
  credit(draft, data.participantId, (row) => ({
    ...row,
    latencySumMs: latencyMs === undefined ? row.latencySumMs : addAmount(row.latencySumMs, latencyMs),
    latencyCount: row.latencyCount + (latencyMs === undefined ? 0 : 1),
    tokens: addCount(row.tokens, data.totalTokens),
    costUsd: addCost(row.costUsd, data.estimatedCostUsd),
  }));
};

const countStream: Count<'session.stream.opened'> = (draft, { data }) => {
  if (data.status === 'reconnecting') draft.streamReconnectCount += 1;
  if (data.status === 'gap') draft.historyGapCount += 1;
};

const noteStart: Count<'run.started' | 'session.bound'> = (draft, { data }) => {
  const startedAt = earlier(draft.startedAt, timeOf(data.startedAt));
  if (startedAt !== undefined) draft.startedAt = startedAt;
};

const noteState: Count<'session.state.changed'> = (draft, { data }) => {
  const state = textOf(data.state, WORD_CHARS_MAX);
  if (state !== undefined) draft.sessionState = state;
};

const noteOutcome: Count<'decision.finalized'> = (draft, { data }) => {
  // The first Commitment decides, as in the projection.
  if (draft.decisionCount === 0) draft.outcomePositive = outcomeOf(data.outcomePositive);
  draft.decisionCount += 1;
};

const noteEnd: Count<'run.completed' | 'run.failed' | 'run.cancelled'> = (draft, { data, ts }) => {
  draft.endedAt ??= timeOf(data.endedAt) ?? ts;
};

const COUNTS: { readonly [T in EventType]: readonly Count<T>[] } = {
  'run.created': [],
  'run.started': [noteStart],
  'session.bound': [noteStart],
  'participant.seen': [seeParticipant],
  'policy.resolved': [],
  'session.state.changed': [noteState],
  'session.stream.opened': [countStream],
  'message.sent': [tally('sentCount')],
  'message.send_failed': [tally('sendFailedCount')],
  'message.received': [countMessage],
  'proposal.created': [tally('proposalCount')],
  'proposal.updated': [sumConfidence],
  'decision.finalized': [noteOutcome],
  'policy.commitment.evaluated': [],
  'policy.denied': [],
  'signal.emitted': [countSignal],
  'signal.acknowledged': [],
  'progress.reported': [tally('progressCount')],
  'tool.called': [tally('toolCallCount')],
  'tool.completed': [],
  'llm.call.completed': [countCall],
  'artifact.created': [],
  'run.suspended': [],
  'run.resumed': [],
  'run.completed': [noteEnd],
  'run.failed': [noteEnd],
  'run.cancelled': [noteEnd],
};

/** The metrics before the first event. */
export function initialMetrics(): RunMetrics {
  return {
    eventCount: 0,
    messageCount: 0,
    sentCount: 0,
    sendFailedCount: 0,
    signalCount: 0,
    progressCount: 0,
    proposalCount: 0,
    toolCallCount: 0,
    decisionCount: 0,
    llmCallCount: 0,
    promptTokens: 0,
    completionTokens: 0,
    totalTokens: 0,
    estimatedCostUsd: 0,
    streamReconnectCount: 0,
    historyGapCount: 0,
    parkedCount: 0,
    durationMs: null,
    participants: [],
  };
}

/** Folds one event into the metrics; total and pure, like the projection's fold. */
export function reduceMetrics(metrics: RunMetrics, event: CanonicalEvent): RunMetrics {
  return foldMetrics(metrics, [event]);
}

/** The same for events in order. One copy for all of them: several for each were most of what counting took. */
export function foldMetrics(metrics: RunMetrics, events: readonly CanonicalEvent[]): RunMetrics {
  const draft: Draft = { ...metrics };
  for (const event of events) countEvent(draft, readable(event));
  if (events.length > 0) draft.durationMs = durationOf(draft);
  return draft;
}

function countEvent(draft: Draft, heard: CanonicalEvent): void {
  // The first terminal event is the last one whose time counts.
  const isGoing = draft.endedAt === undefined;
  for (const count of countsFor(heard)) count(draft, heard);
  draft.eventCount += 1;
  if (isGoing) noteTime(draft, heard.ts);
}

function countsFor({ type }: CanonicalEvent): readonly Count[] {
  // The row under `type` takes events of that type, which TypeScript cannot tell from the union.
  return Object.hasOwn(COUNTS, type) ? (COUNTS[type] as readonly Count[]) : [];
}

/** Smallest and largest time, with `ts`. */
function noteTime(draft: Draft, ts: IsoTime): void {
  if (draft.firstEventAt === undefined || ts < draft.firstEventAt) draft.firstEventAt = ts;
  if (draft.lastEventAt === undefined || ts > draft.lastEventAt) draft.lastEventAt = ts;
}

/** What lies between start and end, or the latest event until then. Milliseconds. */
function durationOf({ startedAt, endedAt, lastEventAt }: Draft): number | null {
  const until = endedAt ?? lastEventAt;
  if (startedAt === undefined || until === undefined) return null;
  return Math.max(0, Date.parse(until) - Date.parse(startedAt));
}
