import type { CanonicalEvent, EventType } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import type { ParticipantMetrics, RunMetrics } from '../contracts/metrics.js';
import { PARTICIPANTS_MAX, WORD_CHARS_MAX } from './bounds.js';
import { outcomeOf } from './decision.js';
import { addCall, addCost, addCount } from './llm.js';
import { amountOf, flagOf, idOf, numberOf, readable, textOf, timeOf } from './read.js';
import { earlier } from './run.js';
import { present, type Events } from './update.js';

type Count<T extends EventType = EventType> = (metrics: RunMetrics, event: Events[T]) => RunMetrics;

type Counter = {
  [K in keyof RunMetrics]-?: RunMetrics[K] extends number ? K : never;
}[keyof RunMetrics];

function plusOne(metrics: RunMetrics, counter: Counter): RunMetrics {
  return { ...metrics, [counter]: metrics[counter] + 1 };
}

function tally(counter: Counter): Count {
  return (metrics) => plusOne(metrics, counter);
}

/** Changes one participant's row, making it first if there is room and the id is not blank. */
function credit(
  metrics: RunMetrics,
  sender: unknown,
  change: (row: ParticipantMetrics) => ParticipantMetrics,
): RunMetrics {
  const participantId = idOf(sender);
  const { participants } = metrics;
  const index = participants.findIndex((row) => row.participantId === participantId);
  const found = participants[index];
  if (found !== undefined) return { ...metrics, participants: participants.with(index, change(found)) };
  if (participantId.trim() === '' || participants.length >= PARTICIPANTS_MAX) return metrics;
  return { ...metrics, participants: [...participants, change(emptyRow(participantId))] };
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

/** A sum of senders' numbers, which may be as large as they like; it never becomes infinite. */
function addAmount(sum: number, value: number): number {
  return numberOf(sum + value) ?? sum;
}

/** Whoever takes part has a row, also without a word: the agent dashboard counts runs by rows. */
const seeParticipant: Count<'participant.seen'> = (metrics, { data }) =>
  credit(metrics, data.participantId, (row) => row);

const countMessage: Count<'message.received'> = (metrics, { data }) => {
  const parked = data.payloadEncoding === 'undecodable' ? plusOne(metrics, 'parkedCount') : metrics;
  if (flagOf(data.ambient)) return parked;
  return credit(plusOne(parked, 'messageCount'), data.sender, (row) => ({ ...row, messages: row.messages + 1 }));
};

const countSignal: Count<'signal.emitted'> = (metrics, { data }) => {
  const counted = plusOne(metrics, 'signalCount');
  if (!flagOf(data.member)) return counted;
  return credit(counted, data.sender, (row) => ({ ...row, signals: row.signals + 1 }));
};

const sumConfidence: Count<'proposal.updated'> = (metrics, { data }) => {
  const confidence = numberOf(data.confidence);
  if (data.messageType !== 'Evaluation' || confidence === undefined) return metrics;
  return credit(metrics, data.sender, (row) => ({
    ...row,
    confidenceSum: addAmount(row.confidenceSum, confidence),
    confidenceCount: row.confidenceCount + 1,
  }));
};

const countCall: Count<'llm.call.completed'> = (metrics, event) => {
  const { data } = event;
  const { callCount, ...sums } = addCall({ ...metrics, callCount: metrics.llmCallCount }, event);
  const latencyMs = amountOf(data.latencyMs);
  return credit({ ...metrics, ...sums, llmCallCount: callCount }, data.participantId, (row) => ({
    ...row,
    latencySumMs: latencyMs === undefined ? row.latencySumMs : addAmount(row.latencySumMs, latencyMs),
    latencyCount: row.latencyCount + (latencyMs === undefined ? 0 : 1),
    tokens: addCount(row.tokens, data.totalTokens),
    costUsd: addCost(row.costUsd, data.estimatedCostUsd),
  }));
};

const countStream: Count<'session.stream.opened'> = (metrics, { data }) => {
  if (data.status === 'reconnecting') return plusOne(metrics, 'streamReconnectCount');
  return data.status === 'gap' ? plusOne(metrics, 'historyGapCount') : metrics;
};

const noteStart: Count<'run.started' | 'session.bound'> = (metrics, { data }) =>
  present<RunMetrics>({ ...metrics, startedAt: earlier(metrics.startedAt, timeOf(data.startedAt)) });

const noteState: Count<'session.state.changed'> = (metrics, { data }) =>
  present<RunMetrics>({ ...metrics, sessionState: textOf(data.state, WORD_CHARS_MAX) ?? metrics.sessionState });

const noteOutcome: Count<'decision.finalized'> = (metrics, { data }) => {
  const counted = plusOne(metrics, 'decisionCount');
  // The first Commitment decides, as in the projection.
  return metrics.decisionCount > 0 ? counted : { ...counted, outcomePositive: outcomeOf(data.outcomePositive) };
};

const noteEnd: Count<'run.completed' | 'run.failed' | 'run.cancelled'> = (metrics, { data, ts }) =>
  metrics.endedAt === undefined ? { ...metrics, endedAt: timeOf(data.endedAt) ?? ts } : metrics;

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
  const heard = readable(event);
  const counted = countsFor(heard).reduce((state, count) => count(state, heard), metrics);
  // The first terminal event is the last one whose time counts.
  return withTimes(counted, metrics.endedAt === undefined ? heard.ts : undefined);
}

function countsFor({ type }: CanonicalEvent): readonly Count[] {
  // The row under `type` takes events of that type, which TypeScript cannot tell from the union.
  return Object.hasOwn(COUNTS, type) ? (COUNTS[type] as readonly Count[]) : [];
}

/** One event more; smallest and largest time with `ts`, and what lies between start and end. */
function withTimes(metrics: RunMetrics, ts: IsoTime | undefined): RunMetrics {
  const { startedAt, endedAt } = metrics;
  const firstEventAt = earlier(metrics.firstEventAt, ts);
  const lastEventAt = later(metrics.lastEventAt, ts);
  const until = endedAt ?? lastEventAt;
  const durationMs =
    startedAt === undefined || until === undefined ? null : Math.max(0, Date.parse(until) - Date.parse(startedAt));
  return {
    ...metrics,
    eventCount: metrics.eventCount + 1,
    ...(firstEventAt === undefined ? {} : { firstEventAt }),
    ...(lastEventAt === undefined ? {} : { lastEventAt }),
    durationMs,
  };
}

function later(a: IsoTime | undefined, b: IsoTime | undefined): IsoTime | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}
