import type { CanonicalEvent, EventOf, EventType } from '../contracts/events.js';
import { cut } from '../contracts/text.js';

/** Longest gist of an event, in UTF-16 units, before it is cut. */
const GIST_LENGTH_MAX = 77;

interface Told {
  readonly who: string;
  readonly gist: string;
}

type Teller<T extends EventType> = (data: EventOf<T>['data']) => Told;

const ours = (gist: string): Told => ({ who: '', gist });

const TELLERS: { readonly [T in EventType]: Teller<T> } = {
  'run.created': (d) => ours(`${d.status} · ${d.modeName}`),
  'run.started': (d) => ours(d.status),
  'session.bound': (d) => ({ who: d.initiator, gist: `${d.participants.length} participants · ${d.policyVersion}` }),
  'participant.seen': (d) => ({ who: d.participantId, gist: d.role ?? '' }),
  'policy.resolved': (d) => ours(`${d.policyVersion} · ${d.governance.authority}`),
  'session.state.changed': (d) => ours(`${d.state} · told by ${d.via}`),
  'session.stream.opened': (d) => ours(`${d.status} · after envelope ${d.afterSequence}`),
  'message.sent': (d) => ({ who: d.sender, gist: `${d.messageType} · ${d.kind}, accepted` }),
  'message.send_failed': (d) => ({
    who: d.sender ?? '',
    gist: `${d.messageType ?? ''} ${d.errorCode}: ${d.errorMessage}`,
  }),
  'message.received': (d) => ({ who: d.sender, gist: d.ambient ? `${d.messageType} · ambient` : d.messageType }),
  'proposal.created': (d) => ({ who: d.sender, gist: because(`${d.messageType} “${d.action}”`, d.reasons) }),
  'proposal.updated': (d) => ({ who: d.sender, gist: because(saying(d.messageType, d.action), d.reasons) }),
  'decision.finalized': (d) => ({ who: d.sender, gist: because(d.action, d.reasons) }),
  'policy.commitment.evaluated': (d) => ours(`${d.decision} · ${d.policyVersion}`),
  'policy.denied': (d) => ours(because(d.errorCode, d.reasons)),
  'signal.emitted': (d) => ({ who: d.sender, gist: d.name }),
  'signal.acknowledged': (d) => ({ who: d.sender, gist: d.signalId }),
  'progress.reported': (d) => ({ who: d.sender, gist: `${d.percentage ?? '–'} % · ${d.message}` }),
  'tool.called': (d) => ({ who: d.sender, gist: d.toolName }),
  'tool.completed': (d) => ({ who: d.sender, gist: d.toolName }),
  'llm.call.completed': (d) => ({ who: d.participantId, gist: `${d.model ?? ''} · ${d.totalTokens} tokens` }),
  'artifact.created': (d) => ours(`${d.kind} · ${d.label}`),
  'run.suspended': (d) => ours(d.status),
  'run.resumed': (d) => ours(d.status),
  'run.completed': (d) => ours(`${d.status} · ${d.action ?? 'no commitment'}`),
  'run.failed': (d) => ours(`${d.errorCode}: ${d.error}`),
  'run.cancelled': (d) => ours(d.reason ?? d.status),
};

/** One line: place, time of day (UTC), type, who, and what it comes to. */
export function eventLine(event: CanonicalEvent): string {
  const { who, gist } = tell(event);
  const place = String(event.seq).padStart(4);
  const time = event.ts.slice(11, 23);
  return `${place}  ${time}  ${event.type.padEnd(28)}${nameOf(who).padEnd(13)}${cut(gist, GIST_LENGTH_MAX)}`.trimEnd();
}

/** `agent://alice` → `alice`. */
export function nameOf(participantId: string): string {
  return participantId.replace(/^agent:\/\//, '');
}

/** `Vote APPROVE`, but `Accept` and not `Accept ACCEPT`. */
export function saying(messageType: string, action: string): string {
  return messageType.toUpperCase().includes(action) ? messageType : `${messageType} ${action}`;
}

function tell(event: CanonicalEvent): Told {
  // The table pairs each type with the teller of its own data; the compiler cannot follow that pairing through a lookup.
  const teller = TELLERS[event.type] as ((data: CanonicalEvent['data']) => Told) | undefined;
  // A service newer than this demo may record types that it does not know.
  return teller?.(event.data) ?? ours('');
}

function because(what: string, reasons: readonly string[] | undefined): string {
  const reason = reasons?.[0];
  return reason ? `${what} — ${reason}` : what;
}
