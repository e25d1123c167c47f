import type { EventType, RunEvent } from '../api/types.js';
import { deedIn, messageName } from './deeds.js';
import { shortName } from './names.js';
import { costWords } from './number.js';
import { messageSentence, proposalSentence } from './event-messages.js';
import { excerpt, isLoose, NAME_MAX, numberIn, percentWords, textIn, textsIn, type Loose } from './read.js';
import type { Tone } from './status.js';

type Tell = (data: Loose, event: RunEvent) => string;

interface Saying {
  /** What the type is called in a filter. */
  readonly title: string;
  readonly tell: Tell;
  readonly tone?: Tone | ((data: Loose) => Tone);
}

const STREAM: ReadonlyMap<string, readonly [string, Tone]> = new Map<string, readonly [string, Tone]>([
  ['opened', ['Following the session', 'neutral']],
  ['recovered', ['Runtime connection is back', 'good']],
  ['reconnecting', ['Runtime connection lost; reconnecting', 'warning']],
  ['closed', ['No longer following the session', 'neutral']],
  ['gap', ['Some of the session’s history is lost', 'bad']],
]);

const SESSION: ReadonlyMap<string, readonly [string, Tone]> = new Map<string, readonly [string, Tone]>([
  ['SESSION_STATE_OPEN', ['Session opened', 'active']],
  ['SESSION_STATE_RESOLVED', ['Session resolved by a commitment', 'good']],
  ['SESSION_STATE_EXPIRED', ['Session expired', 'bad']],
  ['SESSION_STATE_SUSPENDED', ['Session halted', 'warning']],
  ['SESSION_STATE_CANCELLED', ['Session cancelled', 'neutral']],
]);

function nameIn(data: Loose, ...keys: readonly string[]): string {
  const found = keys.map((key) => textIn(data, key)).find((text) => text !== '');
  return found === undefined ? 'Somebody' : excerpt(shortName(found), NAME_MAX);
}

/** `: because …`, or nothing. */
function because(...texts: readonly string[]): string {
  const text = texts.find((candidate) => candidate !== '');
  return text === undefined ? '' : `: ${excerpt(text)}`;
}

function reasonsIn(data: Loose): string {
  return textsIn(data, 'reasons').join('; ') || textIn(data, 'reason');
}

const tellMessage: Tell = (data) => messageSentence(data, nameIn(data, 'sender', 'participantId'));
const tellProposal: Tell = (data, { subject }) =>
  proposalSentence(data, nameIn(data, 'sender', 'participantId'), textIn(data, 'proposalId') || subject.id);

function tellFinalized(data: Loose): string {
  const who = nameIn(data, 'sender', 'participantId');
  const action = excerpt(textIn(data, 'action')) || 'a decision';
  return `${who} commits ${outcomeWords(data)}: ${action}${reasonsIn(data) === '' ? '' : ` – ${excerpt(reasonsIn(data))}`}`;
}

function outcomeWords(data: Loose): string {
  if (data['outcomePositive'] === true) return 'a decision for';
  return data['outcomePositive'] === false ? 'a decision against' : 'a decision';
}

function outcomeTone(data: Loose): Tone {
  if (data['outcomePositive'] === true) return 'good';
  return data['outcomePositive'] === false ? 'bad' : 'neutral';
}

function tellSession(data: Loose): string {
  const state = textIn(data, 'state');
  const isBack = state === 'SESSION_STATE_OPEN' && textIn(data, 'previousState') === 'SESSION_STATE_SUSPENDED';
  const [words] = isBack ? ['Session resumed'] : (SESSION.get(state) ?? ['Session changed']);
  const by = textIn(data, 'by') === '' ? '' : ` by ${nameIn(data, 'by')}`;
  return `${words}${by}${because(textIn(data, 'reason'))}`;
}

function tellStream(data: Loose): string {
  const [words] = STREAM.get(textIn(data, 'status')) ?? ['The stream of the session changed'];
  const [from, to] = [numberIn(data, 'fromOrdinal'), numberIn(data, 'toOrdinal')];
  const lost = from === undefined || to === undefined ? '' : ` (messages ${from} to ${to})`;
  return `${words}${lost}${because(textIn(data, 'detail'))}`;
}

function tellSent(data: Loose): string {
  const ack = isLoose(data['ack']) ? data['ack'] : {};
  const verdict = ack['ok'] === false ? 'the runtime did not take it' : 'the runtime took it';
  const repeated = ack['duplicate'] === true ? ', and had it before' : '';
  return `Sent a ${messageName(textIn(data, 'messageType'))} as ${nameIn(data, 'sender', 'from')}; ${verdict}${repeated}`;
}

/** The runtime may have taken the message all the same. */
const UNANSWERED: ReadonlySet<string> = new Set(['RUNTIME_TIMEOUT', 'RUNTIME_UNAVAILABLE']);

function tellSendFailed(data: Loose): string {
  const what = messageName(textIn(data, 'messageType'));
  const who = textIn(data, 'sender') === '' ? '' : ` of ${nameIn(data, 'sender')}`;
  const code = textIn(data, 'errorCode');
  const why = because(textIn(data, 'errorMessage'), code);
  if (UNANSWERED.has(code)) return `Whether the ${what}${who} was taken is not known${why}`;
  return `The ${what}${who} was refused${why}`;
}

function tellProgress(data: Loose): string {
  const percentage = numberIn(data, 'percentage');
  const share = percentage === undefined ? '' : ` ${Math.round(percentage)} %`;
  return `${nameIn(data, 'sender', 'participantId')} reports progress${share === '' ? '' : `,${share}`}${because(textIn(data, 'message'))}`;
}

function tellSignal(data: Loose): string {
  const severity = textIn(data, 'severity');
  const name = excerpt(textIn(data, 'name') || textIn(data, 'signalType'), NAME_MAX) || 'something';
  const confidence = numberIn(data, 'confidence');
  const sure = confidence === undefined ? '' : `, ${percentWords(confidence)} sure`;
  return `${nameIn(data, 'sender', 'participantId')} signals “${name}”${severity === '' ? '' : ` (${severity})`}${sure}`;
}

function severityTone(data: Loose): Tone {
  const severity = textIn(data, 'severity');
  if (severity === 'critical' || severity === 'high') return 'bad';
  return severity === 'medium' ? 'warning' : 'neutral';
}

function tellCall(data: Loose): string {
  const model = excerpt(textIn(data, 'model') || textIn(data, 'provider'), NAME_MAX) || 'a model';
  const tokens = numberIn(data, 'totalTokens') ?? 0;
  const cost = numberIn(data, 'estimatedCostUsd');
  const price = cost === undefined ? '' : `, about ${costWords(cost, 'en')}`;
  return `${nameIn(data, 'participantId', 'sender')} asked ${model}: ${tokens.toLocaleString('en')} tokens${price}`;
}

function tellBound(data: Loose): string {
  const listed: unknown = data['participants'];
  const count = Array.isArray(listed) ? listed.length : 0;
  const people = count === 1 ? '1 participant' : `${count.toLocaleString('en')} participants`;
  return `Bound to its session, with ${people}`;
}

function tellVerdict(data: Loose): string {
  const isDenied = data['decision'] === 'deny';
  return `The policy ${isDenied ? 'denies' : 'allows'} the commitment${because(reasonsIn(data))}`;
}

function tellDenied(data: Loose): string {
  const what = messageName(textIn(data, 'messageType'));
  return `The policy denies a ${what}${because(reasonsIn(data), textIn(data, 'errorMessage'))}`;
}

function tellTool(words: string): Tell {
  return (data) => {
    const ms = numberIn(data, 'durationMs');
    const took = ms === undefined ? '' : ` after ${Math.round(ms)} ms`;
    return `${nameIn(data, 'sender', 'participantId')} ${words} ${excerpt(textIn(data, 'toolName') || textIn(data, 'name'), NAME_MAX) || 'a tool'}${took}`;
  };
}

function tellEnd(words: string): Tell {
  return (data) => {
    const by = textIn(data, 'by') === '' ? '' : ` by ${nameIn(data, 'by')}`;
    return `${words}${by}${because(textIn(data, 'error'), textIn(data, 'reason'), textIn(data, 'errorCode'))}`;
  };
}

function tellCompleted(data: Loose): string {
  if (data['commitmentMissing'] === true) return 'Run completed, though its commitment was not seen';
  const ended = data['outcomePositive'] === true ? 'for' : data['outcomePositive'] === false ? 'against' : '';
  const action = excerpt(textIn(data, 'action'));
  return `Run completed${ended === '' ? '' : ` with a decision ${ended}`}${action === '' ? '' : `: ${action}`}`;
}

const SAYINGS: Readonly<Record<EventType, Saying>> = {
  'run.created': {
    title: 'Run created',
    tell: (data) => (data['origin'] === 'discovery' ? 'Run discovered at the runtime' : 'Run requested'),
  },
  'run.started': { title: 'Run started', tell: () => 'Run started' },
  'session.bound': { title: 'Session bound', tell: tellBound },
  'participant.seen': {
    title: 'Participant seen',
    tell: (data, { subject }) => {
      const role = excerpt(textIn(data, 'role'), NAME_MAX);
      return `${nameIn({ id: subject.id, ...data }, 'participantId', 'id')} is part of it${role === '' ? '' : `, as ${role}`}`;
    },
  },
  'policy.resolved': {
    title: 'Policy resolved',
    tell: (data) =>
      `Governed by ${excerpt(textIn(data, 'policyVersion'), NAME_MAX) || 'a policy'}${because(textIn(data, 'policyDescription'))}`,
  },
  'session.state.changed': {
    title: 'Session state',
    tell: tellSession,
    tone: (data) => SESSION.get(textIn(data, 'state'))?.[1] ?? 'neutral',
  },
  'session.stream.opened': {
    title: 'Connection',
    tell: tellStream,
    tone: (data) => STREAM.get(textIn(data, 'status'))?.[1] ?? 'neutral',
  },
  'message.sent': { title: 'Message sent', tell: tellSent },
  'message.send_failed': { title: 'Message refused or unanswered', tell: tellSendFailed, tone: 'bad' },
  'message.received': { title: 'Message', tell: tellMessage },
  'proposal.created': { title: 'Proposal', tell: tellProposal, tone: 'active' },
  'proposal.updated': { title: 'Answer or vote', tell: tellProposal, tone: (data) => deedIn(data).tone },
  'decision.finalized': { title: 'Decision', tell: tellFinalized, tone: outcomeTone },
  'policy.commitment.evaluated': {
    title: 'Policy verdict',
    tell: tellVerdict,
    tone: (data) => (data['decision'] === 'deny' ? 'bad' : 'good'),
  },
  'policy.denied': { title: 'Policy denial', tell: tellDenied, tone: 'bad' },
  'signal.emitted': { title: 'Signal', tell: tellSignal, tone: severityTone },
  'signal.acknowledged': {
    title: 'Signal acknowledged',
    tell: (data) => `${nameIn(data, 'sender', 'participantId')} acknowledges a signal`,
  },
  'progress.reported': { title: 'Progress', tell: tellProgress },
  'tool.called': { title: 'Tool called', tell: tellTool('calls') },
  'tool.completed': { title: 'Tool completed', tell: tellTool('got an answer from') },
  'llm.call.completed': { title: 'Model call', tell: tellCall },
  'artifact.created': {
    title: 'Artifact',
    tell: (data, { subject }) => `Kept ${excerpt(textIn(data, 'label') || subject.id, NAME_MAX) || 'an artifact'}`,
  },
  'run.suspended': { title: 'Run suspended', tell: () => 'Run suspended', tone: 'warning' },
  'run.resumed': { title: 'Run resumed', tell: () => 'Run resumed', tone: 'active' },
  'run.completed': { title: 'Run completed', tell: tellCompleted, tone: outcomeTone },
  'run.failed': { title: 'Run failed', tell: tellEnd('Run failed'), tone: 'bad' },
  'run.cancelled': { title: 'Run cancelled', tell: tellEnd('Run cancelled') },
};

function sayingOf(type: string): Saying | undefined {
  return Object.hasOwn(SAYINGS, type) ? SAYINGS[type as EventType] : undefined;
}

/** One plain sentence for what happened. Total: whatever the sender put in, and for types of a later version. */
export function eventSentence(event: RunEvent): string {
  const data: unknown = event.data;
  const saying = sayingOf(event.type);
  return saying === undefined ? eventTitle(event.type) : saying.tell(isLoose(data) ? data : {}, event);
}

export function eventTone(event: RunEvent): Tone {
  const data: unknown = event.data;
  const tone = sayingOf(event.type)?.tone ?? 'neutral';
  return typeof tone === 'function' ? tone(isLoose(data) ? data : {}) : tone;
}

/** What a type is called in a filter; one of a later version keeps its name. */
export function eventTitle(type: string): string {
  return sayingOf(type)?.title ?? type;
}

/** Every type, in the order of a run. */
export const EVENT_TYPES: readonly EventType[] = Object.keys(SAYINGS) as EventType[];
