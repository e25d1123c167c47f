import type { EventDraft } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import type { SnapshotInfo } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import { cut, storable } from '../contracts/text.js';
import { normalizeAck, normalizeInlineError } from './normalize/answers.js';
import type { NormalizeEnv, Normalized, PlacedRaw, RawOf } from './normalize/env.js';
import { normalizeEnvelope, parkEnvelope } from './normalize/envelope.js';
import { resolvedPolicy, type PolicyRead } from './normalize/governance.js';
import { normalizeSnapshot, timeOf } from './normalize/snapshot.js';
import { optional } from './normalize/text.js';

export { dedupeKeyOf, isAnnotation } from './normalize/dedupe-key.js';
export type { NormalizeEnv, Normalized, PlacedRaw } from './normalize/env.js';

/** Longest reason of a parked row, and longest detail of a stream's status, in UTF-16 units. */
const DETAIL_UNITS_MAX = 500;

/**
 * What one raw event says, as drafts in the order in which they are recorded. Total: a payload that cannot be read and
 * a defect of ours both park the row, with what is certain about it still recorded; nothing is thrown.
 */
export function normalize(run: Run, raw: PlacedRaw, env: NormalizeEnv): Normalized {
  try {
    return understood(run, raw, env);
  } catch (defect) {
    return park(run, raw, env, reasonOf(defect));
  }
}

/** When the session of a snapshot was first seen; the time of the first event of a run that was discovered. */
export function sightedAt(run: Run, info: SnapshotInfo, receivedAt: IsoTime): IsoTime {
  return timeOf(run, info, receivedAt);
}

/**
 * The drafts of a first snapshot with the policy it is bound to in its place and time: after the session and its
 * participants, before the state they are found in.
 */
export function withPolicy(drafts: readonly EventDraft[], run: Run, policy: PolicyRead): readonly EventDraft[] {
  const bound = drafts.find(({ type }) => type === 'session.bound');
  if (bound === undefined) return drafts;
  const known = drafts.findLastIndex(({ type }) => type === 'session.bound' || type === 'participant.seen');
  return [...drafts.slice(0, known + 1), resolvePolicy(run, policy, bound.ts), ...drafts.slice(known + 1)];
}

/** The policy that a bound session is governed by, once it could be read. */
export function resolvePolicy(run: Run, policy: PolicyRead, ts: IsoTime): EventDraft {
  const data = resolvedPolicy(run.modeName, policy);
  return {
    type: 'policy.resolved',
    ts,
    subject: { kind: 'policy', id: data.policyVersion },
    source: { kind: 'macp-control-plane', name: 'run-manager' },
    data,
  };
}

function understood(run: Run, raw: PlacedRaw, env: NormalizeEnv): Normalized {
  switch (raw.kind) {
    case 'stream-envelope':
    case 'ambient-envelope':
      return normalizeEnvelope(run, raw, env);
    case 'session-snapshot':
      return { drafts: normalizeSnapshot(run, raw, env), parked: null };
    case 'stream-status':
      return { drafts: [streamStatus(run, raw, env)], parked: null };
    case 'stream-inline-error':
      return { drafts: normalizeInlineError(run, raw, env), parked: null };
    case 'send-ack':
      return { drafts: normalizeAck(run, raw, env), parked: null };
    default:
      return raw satisfies never;
  }
}

/** The second net: what is said of an envelope without looking into it. */
function park(run: Run, raw: PlacedRaw, env: NormalizeEnv, why: string): Normalized {
  if (raw.kind !== 'stream-envelope' && raw.kind !== 'ambient-envelope') return { drafts: [], parked: why };
  try {
    return parkEnvelope(run, raw, env, why);
  } catch {
    return { drafts: [], parked: why };
  }
}

function reasonOf(defect: unknown): string {
  const text = defect instanceof Error ? `${defect.name}: ${defect.message}` : 'a value that is no Error was thrown';
  return cut(storable(text), DETAIL_UNITS_MAX);
}

function streamStatus(run: Run, raw: RawOf<'stream-status'>, env: NormalizeEnv): EventDraft {
  const { info } = raw;
  return {
    type: 'session.stream.opened',
    ts: raw.receivedAt,
    subject: { kind: 'session', id: run.sessionId },
    source: { kind: 'runtime', name: env.sourceName, rawType: raw.kind },
    data: {
      status: info.status,
      ...optional('detail', info.detail === undefined ? undefined : cut(storable(info.detail), DETAIL_UNITS_MAX)),
      afterSequence: info.afterSequence,
      ...optional('fromOrdinal', info.fromOrdinal),
      ...optional('toOrdinal', info.toOrdinal),
      ...optional('reason', info.reason === undefined ? undefined : cut(storable(info.reason), DETAIL_UNITS_MAX)),
    },
  };
}
