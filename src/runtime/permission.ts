import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/codes.js';

/** Under whose name a call was made. */
export interface Caller {
  /** undefined = the control plane itself. */
  readonly participant: string | undefined;
  /** The control plane's own name at the runtime. */
  readonly own: string;
}

interface Need {
  /** Completes "<call> needs …". */
  readonly needs: string;
  /** Field of the runtime's identity that grants it, where it is one field. */
  readonly permission?: 'is_observer' | 'can_start_sessions' | 'can_manage_mode_registry';
}

const ANY: Need = { needs: 'any identity that the runtime knows' };
const READ: Need = {
  needs: 'an observer, or the session’s initiator or one of its participants',
  permission: 'is_observer',
};
const STEER: Need = {
  needs: 'the session’s initiator, or an identity to which the session’s policy gives commitment authority',
};
const REGISTRY: Need = { needs: 'an identity that may manage the registry', permission: 'can_manage_mode_registry' };
const START: Need = { needs: 'an identity that may start sessions of this mode', permission: 'can_start_sessions' };

/** What the runtime asks of whoever makes a call; what is not listed needs no credentials. */
const NEEDS: Readonly<Record<string, Need>> = {
  GetSession: READ,
  StreamSession: READ,
  ListSessions: ANY,
  WatchSessions: ANY,
  WatchSignals: ANY,
  WatchPolicies: ANY,
  GetPolicy: ANY,
  ListPolicies: ANY,
  CancelSession: STEER,
  SuspendSession: STEER,
  ResumeSession: STEER,
  RegisterPolicy: REGISTRY,
  UnregisterPolicy: REGISTRY,
  RegisterExtMode: REGISTRY,
  UnregisterExtMode: REGISTRY,
  PromoteMode: REGISTRY,
  SessionStart: START,
  Send: { needs: 'the identity of the message’s sender, with a role in the session that may send it' },
};

const TOLD_MORE: ReadonlySet<ErrorCode> = new Set(['CREDENTIALS_MISSING', 'FORBIDDEN', 'RUNTIME_CREDENTIALS_REFUSED']);

/** What `details` of such an error say beside what they said before. */
interface PermissionDetails {
  /** RPC, or SessionStart for the message that opens a session. */
  readonly call: string;
  readonly identity: string;
  readonly needs: string;
  readonly permission?: string;
  /** Settings of this service that would provide it. */
  readonly configure: readonly string[];
}

/** Who asked for what, and what it would take. undefined for calls that need nothing. */
function permissionOf(call: string, caller: Caller, code: ErrorCode): PermissionDetails | undefined {
  const need = NEEDS[call];
  if (need === undefined) return undefined;
  return {
    call,
    identity: caller.participant ?? caller.own,
    needs: need.needs,
    ...(need.permission === undefined ? {} : { permission: need.permission }),
    configure: settingsFor(need, caller, code),
  };
}

const OWN_SETTINGS = ['RUNTIME_SERVICE_TOKEN', 'MACP_AUTH_SERVICE_URL'];
const PARTICIPANT_SETTINGS = ['RUNTIME_TOKENS', 'RUNTIME_TOKENS_FILE', 'MACP_AUTH_MINT_PARTICIPANTS'];

function settingsFor(need: Need, { participant }: Caller, code: ErrorCode): readonly string[] {
  // Our own token can be given no right to steer; the initiator's has it.
  if (participant !== undefined || (need === STEER && code === 'FORBIDDEN')) return PARTICIPANT_SETTINGS;
  return need === REGISTRY ? [...OWN_SETTINGS, 'MACP_AUTH_TOKEN_CAN_MANAGE_REGISTRY'] : OWN_SETTINGS;
}

/** For whoever finds out before the call that there is no token for it. */
export function missingCredentials(call: 'Send' | 'SessionStart' | 'GetSession', caller: Caller): AppError {
  const permission = permissionOf(call, caller, 'CREDENTIALS_MISSING');
  const message =
    permission === undefined ? '' : `${sentenceOf('CREDENTIALS_MISSING', permission)} ${remedyOf(permission)}`;
  const { participant } = caller;
  const who = participant === undefined ? {} : { participantId: participant };
  return new AppError('CREDENTIALS_MISSING', message, { ...who, ...permission });
}

/** An error about credentials or permissions says what is missing; any other is returned as it is. */
export function explained(error: unknown, call: string, caller: Caller): unknown {
  if (!(error instanceof AppError) || !TOLD_MORE.has(error.code)) return error;
  const permission = permissionOf(call, caller, error.code);
  if (permission === undefined) return error;
  const message = `${sentenceOf(error.code, permission)} ${remedyOf(permission)}`;
  const details = { ...error.details, ...permission };
  return new AppError(error.code, message, details, { cause: error });
}

function sentenceOf(code: ErrorCode, { call, identity, needs }: PermissionDetails): string {
  switch (code) {
    case 'CREDENTIALS_MISSING':
      return `${call} needs ${needs}; there is no token here for '${identity}'.`;
    case 'FORBIDDEN':
      return `The runtime does not let '${identity}' make this call: ${call} needs ${needs}.`;
    default:
      return `The runtime did not accept the token of '${identity}' for ${call}, which needs ${needs}.`;
  }
}

function remedyOf({ permission, configure }: PermissionDetails): string {
  const settings = configure.join(', ');
  return permission === undefined
    ? `See ${settings}.`
    : `Give it ${permission} at the runtime, or a token that has it: ${settings}.`;
}
