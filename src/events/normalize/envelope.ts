import type { EventDraft } from '../../contracts/events.js';
import type { Run } from '../../contracts/run.js';
import { cut, storable } from '../../contracts/text.js';
import { PARTICIPANTS_SEEN_MAX } from '../evolve.js';
import { changeState } from '../lifecycle.js';
import { readCommitment, unreadableCommitment } from './commitment.js';
import { isAnnotation } from './dedupe-key.js';
import { readDynamic } from './dynamic.js';
import type { NormalizeEnv, Normalized } from './env.js';
import { hear, hearUnreadable, type EnvelopeRaw, type Heard } from './heard.js';
import { llmCalls } from './llm.js';
import { readModeMessage } from './mode-message.js';
import { isDynamicMode, ruleOf } from './modes.js';
import { readProgress } from './progress.js';
import { NOTHING_MORE, type Reading } from './reading.js';
import { readAnnotation, readSessionStart } from './session-message.js';
import { readSignal, readSignalAck } from './signal.js';
import { isBlank, optional } from './text.js';

/** Longest reason of a parked row, in UTF-16 units. */
const PARKED_UNITS_MAX = 500;

type Reader = (heard: Heard) => Reading;

/** Types that mean the same in every mode, on the stream. */
const CORE: Readonly<Record<string, Reader>> = {
  SessionStart: readSessionStart,
  Commitment: readCommitment,
  Signal: readSignal,
  Progress: readProgress,
};

/** What is believed of an ambient envelope; a proposal, vote or commitment comes only from the stream. */
const AMBIENT: Readonly<Record<string, Reader>> = {
  Signal: readSignal,
  Progress: readProgress,
  SignalAck: readSignalAck,
  SignalAcknowledged: readSignalAck,
};

export function normalizeEnvelope(run: Run, raw: EnvelopeRaw, env: NormalizeEnv): Normalized {
  const { mode, messageType, payload } = raw.envelope;
  const decoded = env.codec.decode(mode, messageType, payload);
  if (decoded.encoding === 'undecodable') return parkEnvelope(run, raw, env, decoded.decodeError ?? 'undecodable');
  const heard = hear(run, raw, env, decoded);
  const reading = read(heard);
  return { drafts: inOrder(heard, reading, received(heard, reading), llmCalls(heard, env.prices)), parked: null };
}

/** A payload that says nothing to us stops nothing: it was received, and an accepted Commitment ends the session. */
export function parkEnvelope(run: Run, raw: EnvelopeRaw, env: NormalizeEnv, why: string): Normalized {
  const heard = hearUnreadable(run, raw, env);
  const parked = cut(storable(why), PARKED_UNITS_MAX);
  const committed = !heard.ambient && heard.header.messageType === 'Commitment';
  const reading = committed ? unreadableCommitment(heard) : NOTHING_MORE;
  return { drafts: inOrder(heard, reading, received(heard, reading, parked), []), parked };
}

function read(heard: Heard): Reading {
  const { messageType } = heard.header;
  if (heard.ambient) return readerIn(AMBIENT, messageType)?.(heard) ?? NOTHING_MORE;
  const core = readerIn(CORE, messageType);
  if (core !== undefined) return core(heard);
  if (isAnnotation(messageType)) return readAnnotation(heard);
  const rule = ruleOf(heard.mode, messageType);
  if (rule !== undefined) return readModeMessage(heard, rule(heard.payload, heard.header.sender));
  return isDynamicMode(heard.mode) ? readDynamic(heard) : NOTHING_MORE;
}

function readerIn(table: Readonly<Record<string, Reader>>, messageType: string): Reader | undefined {
  return Object.hasOwn(table, messageType) ? table[messageType] : undefined;
}

function inOrder(
  heard: Heard,
  reading: Reading,
  message: EventDraft,
  calls: readonly EventDraft[],
): readonly EventDraft[] {
  return [
    ...firstSeen(heard),
    message,
    ...calls,
    ...reading.derived,
    ...reading.progress,
    ...reading.evaluated,
    ...(reading.change === undefined ? [] : changeState(heard.run, reading.change, heard.at.source)),
  ];
}

function received(heard: Heard, { flat, to, data }: Reading, decodeError?: string): EventDraft {
  return {
    type: 'message.received',
    subject: { kind: 'message', id: heard.fallbackId },
    data: data ?? { ...flat, ...heard.header, to, ...optional('decodeError', decodeError) },
    ...heard.at,
  };
}

/** participant.seen of a sender's first stream envelope; those declared were seen when the session was bound. */
function firstSeen(heard: Heard): readonly EventDraft[] {
  const { sender } = heard.header;
  const { seen, participants } = heard.run.session;
  if (heard.ambient || isBlank(sender) || seen.includes(sender) || seen.length >= PARTICIPANTS_SEEN_MAX) return [];
  const spec = heard.run.request.session.participants.find((participant) => participant.id === sender);
  return [
    {
      ...heard.at,
      type: 'participant.seen',
      subject: { kind: 'participant', id: sender },
      data: {
        participantId: sender,
        status: 'idle',
        declared: participants.includes(sender),
        ...optional('role', spec?.role),
        ...optional('transportIdentity', spec?.transportIdentity),
      },
    },
  ];
}
