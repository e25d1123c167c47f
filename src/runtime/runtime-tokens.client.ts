import type { RuntimeCredentials } from './credentials.js';
import type { MintRequest, TokenMint } from './token-mint.client.js';

/** Which identities are minted, beside those whose tokens are configured. */
export interface MintRules {
  readonly mint: TokenMint;
  /** Mint the control plane's own identity too: as an observer that starts nothing. */
  readonly own: boolean;
  /** Its token may register modes and policies. */
  readonly ownManagesRegistry: boolean;
  /** Mint participants, in whose names sessions are opened and kickoff messages sent. */
  readonly participants: boolean;
}

export interface TokenUse {
  /** The token has to allow starting a session; others do not. */
  readonly startsSession?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The token for each call: a configured one, or one minted for it with no more rights than it needs. */
export class RuntimeTokens {
  constructor(
    private readonly credentials: RuntimeCredentials,
    private readonly rules: MintRules | undefined,
  ) {}

  /** The control plane's own name. */
  get own(): string {
    return this.credentials.serviceIdentity;
  }

  /** Whether the control plane has, or can have, a token that was meant for itself. */
  get hasOwn(): boolean {
    return this.credentials.hasOwnToken || this.rules?.own === true;
  }

  /** Whether there is, or could be minted, a token for this participant; undefined = for the control plane. */
  canSpeakAs(participant: string | undefined): boolean {
    return this.credentials.findToken(participant) !== undefined || this.mintRequest(participant, false) !== undefined;
  }

  /** Throws AppError CREDENTIALS_MISSING, AUTH_SERVICE_UNAVAILABLE, AUTH_SERVICE_REFUSED, or the signal's reason. */
  async tokenFor(participant: string | undefined, { startsSession, signal }: TokenUse = {}): Promise<string> {
    const configured = this.credentials.findToken(participant);
    if (configured !== undefined) return configured;
    const wanted = this.mintRequest(participant, startsSession ?? false);
    if (wanted === undefined || this.rules === undefined) return this.credentials.tokenFor(participant);
    return this.rules.mint.token(wanted, signal);
  }

  /** The control plane's own token if it is at hand; for calls that need none, which must not wait for one. */
  findOwn(): string | undefined {
    const wanted = this.mintRequest(undefined, false);
    return this.credentials.findToken(undefined) ?? (wanted && this.rules?.mint.find(wanted));
  }

  /** The runtime did not accept it. */
  refused(token: string): void {
    this.rules?.mint.forget(token);
  }

  async close(): Promise<void> {
    await this.rules?.mint.close();
  }

  private mintRequest(participant: string | undefined, startsSession: boolean): MintRequest | undefined {
    const { rules } = this;
    const sender = participant ?? this.own;
    const isOwn = sender === this.own;
    if (rules === undefined || !(isOwn ? rules.own : rules.participants)) return undefined;
    return {
      sender,
      scopes: {
        can_start_sessions: !isOwn && startsSession,
        is_observer: isOwn,
        can_manage_mode_registry: isOwn && rules.ownManagesRegistry,
      },
    };
  }
}
