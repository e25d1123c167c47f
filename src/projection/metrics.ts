import type { CanonicalEvent, EventType } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import type { ParticipantMetrics, RunMetrics } from '../contracts/metrics.js';
import { PARTICIPANTS_MAX, WORD_CHARS_MAX } from './bounds.js';
import { outcomeOf } from './decision.js';
import { addCall, addCost, addCount } from './llm.js';
import { amountOf, flagOf, idOf, numberOf, readable, textOf, timeOf, type ReadableEvent } from './read.js';
import { earlier } from './run.js';
import type { Events } from './update.js';

/** Metrics that are being counted: a copy nobody else has seen yet. */
type Draft = { -readonly [K in keyof RunMetrics]: RunMetrics[K] };
type Row = { -readonly [K in keyof ParticipantMetrics]: ParticipantMetrics[K] };

/** What has been counted of a batch. What it began with stays as it is: the list and each row are copied when they first change. */
class Tally {
  readonly draft: Draft;
  private rows: ParticipantMetrics[] | undefined;
  private readonly own = new Set<ParticipantMetrics>();

  constructor(metrics: RunMetrics) {
    this.draft = { ...metrics };
  }

  /** One participant's row to count in, made first if there is room and the id is not blank. */
  rowOf(sender: unknown): Row | undefined {
    const participantId = idOf(sender);
    const { participants } = this.draft;
    const index = participants.findIndex((row) => row.participantId === participantId);
    const found = participants[index];
    if (found !== undefined) return this.own.has(found) ? found : this.put(index, { ...found });
    if (participantId.trim() === '' || participants.length >= PARTICIPANTS_MAX) return undefined;
    return this.put(participants.length, emptyRow(participantId));
  }

  private put(index: number, row: Row): Row {
    this.rows ??= this.draft.participants.slice();
    this.draft.participants = this.rows;
    this.rows[index] = row;
    this.own.add(row);
    return row;
  }
}

/** What one event adds. */
type Count<T extends EventType = EventType> = (tally: Tally, event: Events[T]) => void;

type Counter = {
  [K in keyof RunMetrics]-?: RunMetrics[K] extends number ? K : never;
}[keyof RunMetrics];

function increment(counter: Counter): Count {
  return ({ draft }) => {
    draft[counter] += 1;
  };
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
const seeParticipant: Count<'participant.seen'> = (tally, { data }) => {
  tally.rowOf(data.participantId);
};

const countMessage: Count<'message.received'> = (tally, { data }) => {
  const { draft } = tally;
  if (data.payloadEncoding === 'undecodable') draft.parkedCount += 1;
  if (flagOf(data.ambient)) return;
  draft.messageCount += 1;
  const row = tally.rowOf(data.sender);
  if (row !== undefined) row.messages += 1;
};

const countSignal: Count<'signal.emitted'> = (tally, { data }) => {
  tally.draft.signalCount += 1;
  const row = flagOf(data.member) ? tally.rowOf(data.sender) : undefined;
  if (row !== undefined) row.signals += 1;
};

const sumConfidence: Count<'proposal.updated'> = (tally, { data }) => {
  const confidence = numberOf(data.confidence);
  if (data.messageType !== 'Evaluation' || confidence === undefined) return;
  const row = tally.rowOf(data.sender);
  if (row === undefined) return;
  row.confidenceSum = addAmount(row.confidenceSum, confidence);
  row.confidenceCount += 1;
};

const countCall: Count<'llm.call.completed'> = (tally, event) => {
  const { data } = event;
  const { draft } = tally;
  const { callCount, ...sums } = addCall({ ...draft, callCount: draft.llmCallCount }, event);
  Object.assign(draft, sums, { llmCallCount: callCount });
  const row = tally.rowOf(data.participantId);
  if (row === undefined) return;
  const latencyMs = amountOf(data.latencyMs);
  if (latencyMs !== undefined) {
    row.latencySumMs = addAmount(row.latencySumMs, latencyMs);
    row.latencyCount += 1;
  }
  row.tokens = addCount(row.tokens, data.totalTokens);
  row.costUsd = addCost(row.costUsd, data.estimatedCostUsd);
};

const countStream: Count<'session.stream.opened'> = ({ draft }, { data }) => {
  if (data.status === 'reconnecting') draft.streamReconnectCount += 1;
  if (data.status === 'gap') draft.historyGapCount += 1;
};

const noteStart: Count<'run.started' | 'session.bound'> = ({ draft }, { data }) => {
  const startedAt = earlier(draft.startedAt, timeOf(data.startedAt));
  if (startedAt !== undefined) draft.startedAt = startedAt;
};

const noteState: Count<'session.state.changed'> = ({ draft }, { data }) => {
  const state = textOf(data.state, WORD_CHARS_MAX);
  if (state !== undefined) draft.sessionState = state;
};

const noteOutcome: Count<'decision.finalized'> = ({ draft }, { data }) => {
  // The first Commitment decides, as in the projection.
  if (draft.decisionCount === 0) draft.outcomePositive = outcomeOf(data.outcomePositive);
  draft.decisionCount += 1;
};

const noteEnd: Count<'run.completed' | 'run.failed' | 'run.cancelled'> = ({ draft }, { data, ts }) => {
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
  'message.sent': [increment('sentCount')],
  'message.send_failed': [increment('sendFailedCount')],
  'message.received': [countMessage],
  'proposal.created': [increment('proposalCount')],
  'proposal.updated': [sumConfidence],
  'decision.finalized': [noteOutcome],
  'policy.commitment.evaluated': [],
  'policy.denied': [],
  'signal.emitted': [countSignal],
  'signal.acknowledged': [],
  'progress.reported': [increment('progressCount')],
  'tool.called': [increment('toolCallCount')],
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
  return foldMetrics(metrics, [readable(event)]);
}

/** The same for events in order. One copy for all of them: several for each were most of what counting took. */
export function foldMetrics(metrics: RunMetrics, events: readonly ReadableEvent[]): RunMetrics {
  const tally = new Tally(metrics);
  const { draft } = tally;
  for (const event of events) count(tally, event);
  if (events.length > 0) draft.durationMs = durationOf(draft);
  return draft;
}

function count(tally: Tally, event: ReadableEvent): void {
  const { draft } = tally;
  // The first terminal event is the last one whose time counts.
  const isGoing = draft.endedAt === undefined;
  for (const each of countsFor(event)) each(tally, event);
  draft.eventCount += 1;
  if (isGoing) noteTime(draft, event.ts);
}

function countsFor({ type }: ReadableEvent): readonly Count[] {
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
