import {
  decodeEnvelope,
  isSessionRecord,
  type JournalRecord,
  type SessionRecord,
  type StartRecord,
} from './journal-record.js';
import { decideControl, decideMessage, expiry, findDueMessage, type Change } from './kernel.js';
import type { Limits } from './limits.js';
import type { ModeRegistry, RegisteredMode } from './mode-registry.js';
import { passthroughMode } from './modes/passthrough.js';
import type { PolicyRegistry } from './policy-registry.js';
import type { Session } from './session.js';
import { decideStart } from './session-start.js';
import type { Sessions } from './sessions.js';

/** What a journal is read into. */
export interface Recovered {
  readonly limits: Limits;
  readonly modes: ModeRegistry;
  readonly policies: PolicyRegistry;
  readonly sessions: Sessions;
}

function changeOf(session: Session, action: 'cancel' | 'suspend' | 'resume', at: number): Change | undefined {
  const outcome = decideControl(session, action, at);
  return outcome.ok ? outcome.change : undefined;
}

/** Does again what a record says was done. Throws if it would not be accepted any more. */
export function replayRecord(world: Recovered, entry: JournalRecord): void {
  if (!isSessionRecord(entry)) replayRegistry(world, entry);
  else if (entry.kind === 'start') replayStart(world, entry);
  else replayChange(world, entry);
}

function replayRegistry({ modes, policies }: Recovered, entry: Exclude<JournalRecord, SessionRecord>): void {
  switch (entry.kind) {
    case 'mode':
      modes.register(entry.description);
      break;
    case 'mode-gone':
      modes.unregister(entry.mode);
      break;
    case 'mode-promoted':
      modes.promote(entry.mode, entry.target);
      break;
    case 'policy':
      policies.register(entry.policy);
      break;
    case 'policy-gone':
      policies.unregister(entry.policyId);
      break;
    default:
      entry satisfies never;
  }
}

/** A later start under the same id means that the earlier session had left the memory. */
function replayStart({ limits, modes, sessions }: Recovered, entry: StartRecord): void {
  const { extension, policy, at } = entry;
  const known: RegisteredMode | undefined = extension && {
    ...extension,
    mode: passthroughMode(extension.description.messageTypes),
    standing: 'extension',
    isBuiltIn: false,
  };
  const outcome = decideStart(decodeEnvelope(entry.envelope), {
    now: at,
    limits,
    findMode: (name) => known ?? modes.find(name),
    findPolicy: () => policy,
    existing: undefined,
    isFull: () => false,
  });
  if (!outcome.ok || !('started' in outcome))
    throw new Error(`the start of session ${entry.sessionId} does not replay`);
  sessions.add(outcome.started);
}

function replayChange(world: Recovered, entry: Exclude<SessionRecord, StartRecord>): void {
  const session = world.sessions.find(entry.sessionId);
  const change = session && decide(session, entry);
  if (!change) throw new Error(`a record (${entry.kind}) of session ${entry.sessionId} does not replay`);
  change.apply();
}

/** The same decision as then, with the clock of then. */
function decide(session: Session, entry: Exclude<SessionRecord, StartRecord>): Change | undefined {
  switch (entry.kind) {
    case 'envelope': {
      const outcome = decideMessage(session, decodeEnvelope(entry.envelope), entry.at);
      return outcome.ok ? outcome.change : undefined;
    }
    case 'implicit':
      return findDueMessage(session, entry.at);
    case 'expire':
      return expiry(session);
    case 'cancel':
    case 'suspend':
    case 'resume':
      return changeOf(session, entry.kind, entry.at);
    default: {
      const never: never = entry;
      return never;
    }
  }
}

/**
 * Which records to drop for good: those of sessions that are gone from memory, those that an id had before its present
 * session, and policies that are no longer registered. Undefined = none. The answer counts starts, so it must see
 * every record once, in order.
 */
export function findDropped(
  starts: ReadonlyMap<string, number>,
  { sessions, policies }: Recovered,
): ((entry: JournalRecord) => boolean) | undefined {
  const isStale = [...starts].some(([id, count]) => count > 1 || !sessions.find(id));
  if (!isStale) return undefined;
  const seen = new Map<string, number>();
  return (entry) => {
    if (isSessionRecord(entry)) {
      if (entry.kind === 'start') seen.set(entry.sessionId, (seen.get(entry.sessionId) ?? 0) + 1);
      return !sessions.find(entry.sessionId) || seen.get(entry.sessionId) !== starts.get(entry.sessionId);
    }
    if (entry.kind === 'policy') return !policies.find(entry.policy.policyId);
    return entry.kind === 'policy-gone' && !policies.find(entry.policyId);
  };
}
