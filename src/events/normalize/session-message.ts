import type { JsonObject } from '../../contracts/json.js';
import type { SessionState } from '../../contracts/session.js';
import type { Heard } from './heard.js';
import { reasonsOf } from './mode-message.js';
import { NOTHING_MORE, type Reading } from './reading.js';
import { textIn } from './text.js';

const START_FIELDS = [
  'intent',
  'participants',
  'ttlMs',
  'contextId',
  'modeVersion',
  'configurationVersion',
  'policyVersion',
  'maxSuspendMs',
];

/** SessionStart: its own fields, flat. */
export function readSessionStart(heard: Heard): Reading {
  const { payload } = heard;
  const fields = START_FIELDS.flatMap((name) => (Object.hasOwn(payload, name) ? [[name, payload[name]] as const] : []));
  return { ...NOTHING_MORE, flat: { ...Object.fromEntries(fields), reasons: [] } };
}

/** The state that an annotation tells of, and the field that says whose doing it is. */
const TOLD_BY: Readonly<Record<string, { readonly state: SessionState; readonly byField: string }>> = {
  SessionCancel: { state: 'SESSION_STATE_CANCELLED', byField: 'cancelledBy' },
  SessionSuspend: { state: 'SESSION_STATE_SUSPENDED', byField: 'suspendedBy' },
  SessionResume: { state: 'SESSION_STATE_OPEN', byField: 'resumedBy' },
};

/** SessionCancel, SessionSuspend, SessionResume: newer runtimes write them into the history. */
export function readAnnotation(heard: Heard): Reading {
  const told = TOLD_BY[heard.header.messageType];
  if (told === undefined) return NOTHING_MORE;
  return {
    ...NOTHING_MORE,
    flat: reasonsOf(heard),
    change: {
      state: told.state,
      via: 'annotation',
      ts: heard.at.ts,
      receivedAt: heard.receivedAt,
      ...cause(heard.payload, told.byField),
      ...(heard.sentAt === undefined ? {} : { observedAt: heard.sentAt }),
    },
  };
}

function cause(payload: JsonObject, byField: string): { readonly reason: string; readonly by: string } {
  return { reason: textIn(payload, 'reason'), by: textIn(payload, byField) };
}
