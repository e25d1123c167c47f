import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import type { CallbackRule } from '../config/callback-rule.js';
import { checkTarget, isAllowedAddress, type TargetRefusal } from './call-target.js';

/** Bytes of an answer's header, and of its body, that are taken in; nothing of the body is used. */
const ANSWER_HEADER_BYTES_MAX = 8_192;
const ANSWER_BODY_BYTES_MAX = 16_384;

export type PostAnswer =
  /** Any status; a redirect too, since it is not followed. `retryAfter`: the header as it came. */
  | { readonly outcome: 'answered'; readonly httpStatus: number; readonly retryAfter?: string }
  /** Nothing was sent: the configuration does not allow the URL, its host or its address. */
  | { readonly outcome: 'blocked'; readonly refusal: TargetRefusal; readonly host?: string }
  /** No answer: the name is unknown, nobody listens, or it took too long. Whether it arrived is not known. */
  | { readonly outcome: 'unanswered'; readonly problem: 'TIMEOUT' | 'CONNECTION' };

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface PostSettings {
  readonly rule: CallbackRule;
  /** For everything from the name to the answer. */
  readonly timeoutMs: number;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve | undefined;
}

/** One JSON request. `headers` come on top of its content type. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Posts to a URL that came with a request, so it is not trusted: only listed hosts are called; the address is judged in
 * the same step that connects to it, so that a name cannot change its meaning in between; no redirect is followed; no
 * connection is kept.
 */
export class GuardedPostClient {
  constructor(private readonly settings: PostSettings) {}

  /** Never throws, except the signal's reason when the caller aborts. */
  async post({ url, headers, body }: Post, signal?: AbortSignal): Promise<PostAnswer> {
    signal?.throwIfAborted();
    const { rule, timeoutMs } = this.settings;
    const target = checkTarget(url, rule);
    if (!target.ok) return blocked(target.refusal, target.host);
    const guard = new Guard(rule, this.settings.resolve ?? systemResolve);
    const deadline = AbortSignal.timeout(timeoutMs);
    const agent = new Agent({
      connect: { lookup: guard.lookup, timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxHeaderSize: ANSWER_HEADER_BYTES_MAX,
      pipelining: 0,
    });
    try {
      const answer = await request(target.url, {
        dispatcher: agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      });
      // Read to its end where it is short, so that the other side does not see its answer cut off.
      await answer.body.dump({ limit: ANSWER_BODY_BYTES_MAX, signal: deadline }).catch(() => undefined);
      const retryAfter = answer.headers['retry-after'];
      return {
        outcome: 'answered',
        httpStatus: answer.statusCode,
        ...(typeof retryAfter === 'string' ? { retryAfter } : {}),
      };
    } catch {
      signal?.throwIfAborted();
      if (guard.blockedHost !== undefined) return blocked('ADDRESS_NOT_ALLOWED', guard.blockedHost);
      return { outcome: 'unanswered', problem: deadline.aborted ? 'TIMEOUT' : 'CONNECTION' };
    } finally {
      await agent.destroy();
    }
  }
}

/** The resolver of one call. A name that leads to any address that is not allowed is not called at all. */
class Guard {
  blockedHost: string | undefined;

  constructor(
    private readonly rule: CallbackRule,
    private readonly resolve: Resolve,
  ) {}

  readonly lookup: LookupFunction = (host, options, done) => {
    this.resolve(host).then(
      (found) => {
        const [first] = found;
        if (first === undefined || found.some(({ address }) => !isAllowedAddress(address, this.rule))) {
          if (first !== undefined) this.blockedHost = host;
          done(new Error('no address of this name is allowed'), '');
        } else if (options.all === true) done(null, [...found]);
        else done(null, first.address, first.family);
      },
      (error: unknown) => done(error instanceof Error ? error : new Error('the name cannot be resolved'), ''),
    );
  };
}

function systemResolve(host: string): ReturnType<Resolve> {
  return lookup(host, { all: true });
}

function blocked(refusal: TargetRefusal, host: string | undefined): PostAnswer {
  return { outcome: 'blocked', refusal, ...(host === undefined ? {} : { host }) };
}
