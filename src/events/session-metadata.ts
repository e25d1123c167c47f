import type { SessionMetadataData } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import type { Run } from '../contracts/run.js';
import { EXTENSION_KEYS_MAX, SESSION_PARTICIPANTS_MAX, type SessionSnapshot } from '../contracts/session.js';
import { isoTime } from '../contracts/time.js';
import { storable } from '../contracts/text.js';
import { firstText, isBlank, optional, sortedTexts } from './normalize/text.js';

/** What an empty policy_version is bound to. */
export const DEFAULT_POLICY = 'policy.default';

/** The session as a snapshot describes it, with the roles that the run's request gives. */
export function metadataOf(run: Run, snapshot: SessionSnapshot): SessionMetadataData {
  return {
    initiator: storable(snapshot.initiator),
    modeName: storable(firstText(snapshot.modeName, run.modeName)),
    modeVersion: storable(snapshot.modeVersion),
    configurationVersion: storable(snapshot.configurationVersion),
    policyVersion: storable(firstText(snapshot.policyVersion, DEFAULT_POLICY)),
    participants: listed(run, snapshot.participants),
    ...(isBlank(snapshot.contextId) ? {} : { contextId: storable(snapshot.contextId) }),
    extensionKeys: sortedTexts(snapshot.extensionKeys.map(storable)).slice(0, EXTENSION_KEYS_MAX),
    ...optional('startedAt', timeOf(snapshot.startedAtUnixMs)),
    ...optional('expiresAt', timeOf(snapshot.expiresAtUnixMs)),
    ...optional('startedAtUnixMs', known(snapshot.startedAtUnixMs)),
    ...optional('expiresAtUnixMs', known(snapshot.expiresAtUnixMs)),
  };
}

/** What the log knows of the session, for a change of state that comes without a snapshot. */
export function knownMetadata(run: Run): Partial<SessionMetadataData> {
  const { session } = run;
  if (!session.bound) return {};
  return {
    initiator: session.initiator,
    modeName: run.modeName,
    modeVersion: session.modeVersion,
    configurationVersion: session.configurationVersion,
    policyVersion: session.policyVersion,
    participants: listed(run, session.participants),
    ...optional('contextId', session.contextId),
    ...optional('extensionKeys', session.extensionKeys),
    ...optional('startedAt', session.startedAt),
    ...optional('expiresAt', session.expiresAt),
    ...optional('startedAtUnixMs', unixMsOf(session.startedAt)),
    ...optional('expiresAtUnixMs', unixMsOf(session.expiresAt)),
  };
}

function listed(run: Run, participants: readonly string[]): SessionMetadataData['participants'] {
  const specs = new Map(run.request.session.participants.map((spec) => [spec.id, spec]));
  const named = participants.filter((id) => !isBlank(id)).map(storable);
  const unique = [...new Set(named)].slice(0, SESSION_PARTICIPANTS_MAX);
  return unique.map((participantId) => ({ participantId, ...optional('role', specs.get(participantId)?.role) }));
}

/** 0 and less mean unknown. */
function known(unixMs: number): number | undefined {
  return Number.isFinite(unixMs) && unixMs > 0 ? unixMs : undefined;
}

function unixMsOf(time: IsoTime | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}

function timeOf(unixMs: number): IsoTime | undefined {
  return known(unixMs) === undefined ? undefined : isoTime(unixMs);
}
