/** Who is calling, and what that identity may do. */
export interface Identity {
  readonly sender: string;
  /** Absent = all modes. The empty string admits ambient messages. */
  readonly allowedModes?: ReadonlySet<string>;
  readonly canStartSessions: boolean;
  /** Absent = no limit. */
  readonly maxOpenSessions?: number;
  readonly canManageModeRegistry: boolean;
  /** Read access to every session; no right to send, cancel, suspend or resume. */
  readonly isObserver: boolean;
}

/** One line of the static token list, in the spelling of its JSON. */
export interface TokenEntry {
  readonly token: string;
  readonly sender: string;
  /** Missing or empty = all modes. */
  readonly allowed_modes?: readonly string[];
  readonly can_start_sessions?: boolean;
  readonly max_open_sessions?: number;
  readonly can_manage_mode_registry?: boolean;
  readonly is_observer?: boolean;
}

/** The two credential headers of a call, as received. */
export interface Credentials {
  readonly authorization?: string | undefined;
  readonly token?: string | undefined;
}

export interface Authenticator {
  /** Undefined = nobody we know. */
  identify(credentials: Credentials): Identity | undefined;
}

const BEARER = 'Bearer ';

/** Static tokens are looked up first; if `dev` is on, any other non-blank token is its own sender name. */
export function createAuthenticator(tokens: readonly TokenEntry[], dev: boolean): Authenticator {
  const known = new Map(tokens.map((entry) => [entry.token, toIdentity(entry)]));
  return {
    identify(credentials) {
      const token = tokenOf(credentials);
      if (token === undefined) return undefined;
      return known.get(token) ?? (dev ? devIdentity(token) : undefined);
    },
  };
}

function tokenOf({ authorization, token }: Credentials): string | undefined {
  const given = authorization?.startsWith(BEARER) ? authorization.slice(BEARER.length) : token;
  return given?.trim() === '' ? undefined : given;
}

function devIdentity(sender: string): Identity {
  return { sender, canStartSessions: true, canManageModeRegistry: true, isObserver: false };
}

function toIdentity(entry: TokenEntry): Identity {
  return {
    sender: entry.sender,
    canStartSessions: entry.can_start_sessions ?? true,
    canManageModeRegistry: entry.can_manage_mode_registry ?? false,
    isObserver: entry.is_observer ?? false,
    ...(entry.allowed_modes?.length ? { allowedModes: new Set(entry.allowed_modes) } : {}),
    ...(entry.max_open_sessions === undefined ? {} : { maxOpenSessions: entry.max_open_sessions }),
  };
}

export function mayUseMode(identity: Identity, mode: string): boolean {
  return identity.allowedModes?.has(mode) ?? true;
}
