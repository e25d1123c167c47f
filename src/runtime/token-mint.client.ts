import { cut, storable } from '../contracts/text.js';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { AppError } from '../errors/app-error.js';
import { within } from './limited-call.client.js';
import { isHeaderText } from './credentials.js';
import { parsedJson } from './json-values.js';
import { lifeOf, type TokenLife } from './token-life.js';

/** One request to the auth service takes no longer. Milliseconds. */
const MINT_MS_MAX = 5_000;
/** Tokens kept; beyond it the one that was not used for longest is forgotten and minted again when it is needed. */
export const MINTED_TOKENS_MAX = 10_000;
/** After a renewal in the background failed, the next one is tried no sooner; the old token is used meanwhile. */
const RENEW_PAUSE_MS = 5_000;
/** Connections to the auth service; further requests wait for one. */
const MINT_CONNECTIONS_MAX = 8;
const ANSWER_BYTES_MAX = 65_536;
/** Of the auth service's own words repeated in our error, in UTF-16 units. */
const REASON_UNITS_MAX = 200;

/** What a minted token allows at the runtime, as the auth service's `scopes`. */
export interface TokenScopes {
  readonly can_start_sessions: boolean;
  readonly is_observer: boolean;
  readonly can_manage_mode_registry: boolean;
}

/** Whose token, and what for. */
export interface MintRequest {
  readonly sender: string;
  readonly scopes: TokenScopes;
}

export interface MintSettings {
  /** Of the auth service; `/tokens` is added to its path. */
  readonly url: string;
  /** Asked for; the service caps it. undefined = the service's default. */
  readonly ttlSeconds?: number | undefined;
  /** Epoch milliseconds; default the system clock. */
  readonly now?: (() => number) | undefined;
  readonly tokensMax?: number | undefined;
  readonly timeoutMs?: number | undefined;
}

interface Minted extends TokenLife {
  readonly token: string;
}

/** What is known of one identity with one set of scopes. */
interface Entry {
  minted: Minted | undefined;
  /** The one request under way, shared by whoever needs its answer. */
  flight: Promise<Minted> | undefined;
  /** A renewal in the background is not tried before. Epoch milliseconds. */
  pausedUntil: number;
}

const answerShape = z.object({
  token: z.string().refine(isHeaderText),
  sender: z.string().optional(),
  expires_in_seconds: z.number().positive(),
});
const refusalShape = z.object({ error: z.string() });

/** Fetches tokens from an auth service and keeps each until shortly before its end. Tokens never leave by toString or JSON. */
export class TokenMint {
  readonly #entries = new Map<string, Entry>();
  readonly #agent: Agent;
  readonly #closing = new AbortController();
  readonly #url: URL;

  constructor(private readonly settings: MintSettings) {
    this.#url = new URL(`${settings.url.replace(/\/+$/, '')}/tokens`);
    this.#agent = new Agent({ connections: MINT_CONNECTIONS_MAX, maxResponseSize: ANSWER_BYTES_MAX });
  }

  /**
   * A token that is valid for a while. Asks the auth service at most once at a time per identity and scopes; a token that
   * nears its end is returned while a new one is fetched. Throws AppError AUTH_SERVICE_UNAVAILABLE (retryable),
   * AUTH_SERVICE_REFUSED, or the signal's reason.
   */
  async token(wanted: MintRequest, signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    const entry = this.entryOf(keyOf(wanted));
    const now = this.now();
    const { minted } = entry;
    if (minted === undefined || minted.endsAt <= now)
      return (await unlessAborted(this.fly(entry, wanted), signal)).token;
    if (minted.renewAt <= now && entry.pausedUntil <= now) {
      // Nobody waits for the renewal, and its failure is nobody's: the present token is still good.
      this.fly(entry, wanted).catch(() => (entry.pausedUntil = this.now() + RENEW_PAUSE_MS));
    }
    return minted.token;
  }

  /** A token at hand, without asking anybody. */
  find(wanted: MintRequest): string | undefined {
    const minted = this.#entries.get(keyOf(wanted))?.minted;
    return minted !== undefined && minted.endsAt > this.now() ? minted.token : undefined;
  }

  /** The runtime refused this token: whoever asks next gets another one. */
  forget(token: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.minted?.token === token) entry.minted = undefined;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#agent.destroy();
  }

  toJSON(): string {
    return '[tokens]';
  }

  /** The identity's entry, now the most recently used one. */
  private entryOf(key: string): Entry {
    const entry = this.#entries.get(key) ?? { minted: undefined, flight: undefined, pausedUntil: 0 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > (this.settings.tokensMax ?? MINTED_TOKENS_MAX) && oldest !== undefined) {
      this.#entries.delete(oldest);
    }
    return entry;
  }

  private fly(entry: Entry, wanted: MintRequest): Promise<Minted> {
    entry.flight ??= this.mint(wanted)
      .then((minted) => (entry.minted = minted))
      .finally(() => (entry.flight = undefined));
    return entry.flight;
  }

  private async mint({ sender, scopes }: MintRequest): Promise<Minted> {
    const { ttlSeconds } = this.settings;
    const askedAt = this.now();
    const { status, body } = await this.ask({
      sender,
      scopes,
      ...(ttlSeconds === undefined ? {} : { ttl_seconds: ttlSeconds }),
    });
    const answer = answerShape.safeParse(body);
    if (status >= 200 && status < 300 && answer.success && (answer.data.sender ?? sender) === sender) {
      return { token: answer.data.token, ...lifeOf(askedAt, answer.data.expires_in_seconds) };
    }
    throw this.refusal(sender, status, body);
  }

  private async ask(wanted: object): Promise<{ readonly status: number; readonly body: unknown }> {
    try {
      return await within(this.settings.timeoutMs ?? MINT_MS_MAX, this.#closing.signal, async (signal) => {
        const answer = await request(this.#url, {
          dispatcher: this.#agent,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(wanted),
          signal,
        });
        return { status: answer.statusCode, body: parsedJson(await answer.body.text())?.value };
      });
    } catch (error) {
      throw new AppError(
        'AUTH_SERVICE_UNAVAILABLE',
        `The auth service at ${this.#url.host} gave no answer to POST ${this.#url.pathname}.`,
        { authService: this.#url.host, retryable: true },
        { cause: error },
      );
    }
  }

  /** Never repeats an answer that may hold a token. */
  private refusal(sender: string, status: number, body: unknown): AppError {
    const told = refusalShape.safeParse(body);
    const details = { authService: this.#url.host, sender, httpStatus: status };
    if (status >= 500 || status === 429) {
      const sentence = `The auth service at ${this.#url.host} cannot mint a token now (HTTP ${status}).`;
      return new AppError('AUTH_SERVICE_UNAVAILABLE', sentence, { ...details, retryable: true });
    }
    if (status >= 200 && status < 300) {
      const sentence = `The auth service at ${this.#url.host} answered without a usable token for '${sender}'.`;
      return new AppError('AUTH_SERVICE_REFUSED', sentence, details);
    }
    const reason = told.success ? { reason: cut(storable(told.data.error), REASON_UNITS_MAX) } : {};
    const sentence = `The auth service at ${this.#url.host} mints no token for '${sender}' (HTTP ${status}).`;
    return new AppError('AUTH_SERVICE_REFUSED', sentence, { ...details, ...reason });
  }

  private now(): number {
    return this.settings.now?.() ?? Date.now();
  }
}

function keyOf({ sender, scopes }: MintRequest): string {
  return JSON.stringify([sender, scopes.can_start_sessions, scopes.is_observer, scopes.can_manage_mode_registry]);
}

/** The promise goes on for whoever else waits for it. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
