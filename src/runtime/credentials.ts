import { AppError } from '../errors/app-error.js';

/** Where tokens come from. Read once from configuration. */
export interface RuntimeCredentialsConfig {
  /** The runtime takes any token as the name of its bearer: a participant's id is its token. */
  readonly devIdentity: boolean;
  /** Participant id → bearer token. */
  readonly tokens: ReadonlyMap<string, string>;
  /** Bearer token of the control plane itself. */
  readonly serviceToken?: string | undefined;
  /** The sender name of the control plane itself. */
  readonly serviceIdentity: string;
}

/** Printable ASCII without spaces at the ends: the only text that an HTTP/2 header carries unchanged. */
const HEADER_TEXT = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const REDACTED = '[credentials]';

/** Whether an HTTP/2 header carries this text unchanged. */
export function isHeaderText(text: string): boolean {
  return HEADER_TEXT.test(text);
}

/**
 * Finds the token under which the control plane speaks: the participant's own, or else the participant's id in
 * development. Tokens live in private fields and never show up in errors, logs or JSON.
 */
export class RuntimeCredentials {
  readonly serviceIdentity: string;
  readonly #tokens: ReadonlyMap<string, string>;
  readonly #serviceToken: string | undefined;
  readonly #devIdentity: boolean;

  /** Throws AppError VALIDATION_ERROR naming the participant whose token cannot be sent as a header. */
  constructor(config: RuntimeCredentialsConfig) {
    for (const [participant, token] of config.tokens) assertSendable(token, `the token of '${participant}'`);
    if (config.serviceToken !== undefined) assertSendable(config.serviceToken, 'the service token');
    this.serviceIdentity = config.serviceIdentity;
    this.#tokens = new Map(config.tokens);
    this.#serviceToken = config.serviceToken;
    this.#devIdentity = config.devIdentity;
  }

  /** The token to speak as a participant; undefined = as the control plane. Throws AppError CREDENTIALS_MISSING. */
  tokenFor(participant: string | undefined): string {
    const token = this.findToken(participant);
    if (token !== undefined) return token;
    const who = participant === undefined ? 'the control plane itself' : `participant '${participant}'`;
    throw new AppError('CREDENTIALS_MISSING', `there is no runtime token for ${who}`, {
      participantId: participant ?? this.serviceIdentity,
    });
  }

  /** As tokenFor, but undefined instead of an error. */
  findToken(participant: string | undefined): string | undefined {
    const id = participant ?? this.serviceIdentity;
    const own = this.#tokens.get(id) ?? (id === this.serviceIdentity ? this.#serviceToken : undefined);
    if (own !== undefined) return own;
    return this.#devIdentity && HEADER_TEXT.test(id) ? id : undefined;
  }

  /** Whether the control plane has a token that was configured for itself. */
  get hasOwnToken(): boolean {
    return this.#serviceToken !== undefined || this.#tokens.has(this.serviceIdentity);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

function assertSendable(token: string, what: string): void {
  if (HEADER_TEXT.test(token)) return;
  throw new AppError('VALIDATION_ERROR', `${what} must be printable ASCII without spaces at its ends`);
}
