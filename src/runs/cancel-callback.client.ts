import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import type { CallbackRule } from '../config/callback-rule.js';
import { checkTarget, isAllowedAddress, type TargetRefusal } from './callback-target.js';

/** Bytes of an answer's header, and of its body, that are taken in; nothing of the body is used. */
const ANSWER_HEADER_BYTES_MAX = 8_192;
const ANSWER_BODY_BYTES_MAX = 16_384;

/** Where the initiator of a session wants to be told that its run shall end. */
export interface CancelCallback {
  readonly url: string;
  /** Sent as `authorization: Bearer …`. */
  readonly bearer?: string | undefined;
}

/** The form that public agents understand; `sessionId` is for those that play several. */
export interface CallbackMessage {
  readonly runId: string;
  readonly sessionId: string;
  readonly reason: string;
}

export type CallbackAnswer =
  /** 2xx: the initiator took the request. What becomes of the session, only the runtime can say. */
  | { readonly outcome: 'accepted'; readonly httpStatus: number }
  /** Any other status; a redirect too, since it is not followed. */
  | { readonly outcome: 'declined'; readonly httpStatus: number }
  /** Nothing was sent: the configuration does not allow the URL, its host or its address. */
  | { readonly outcome: 'blocked'; readonly refusal: TargetRefusal; readonly host?: string }
  /** No answer: the name is unknown, nobody listens, or it took too long. Whether it arrived is not known. */
  | { readonly outcome: 'unanswered'; readonly problem: 'TIMEOUT' | 'CONNECTION' };

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface CallbackSettings {
  readonly rule: CallbackRule;
  /** For everything from the name to the answer. */
  readonly timeoutMs: number;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve | undefined;
}

/**
 * Calls an agent on behalf of whoever launched a run. The URL came with the request, so it is not trusted: only listed
 * hosts are called; the address is judged in the same step that connects to it, so that a name cannot change its meaning
 * in between; no redirect is followed; no connection is kept.
 */
export class CancelCallbackClient {
  constructor(private readonly settings: CallbackSettings) {}

  /** Never throws, except the signal's reason when the caller aborts. */
  async tell(callback: CancelCallback, message: CallbackMessage, signal?: AbortSignal): Promise<CallbackAnswer> {
    signal?.throwIfAborted();
    const { rule, timeoutMs } = this.settings;
    const target = checkTarget(callback.url, rule);
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
        headers: { 'content-type': 'application/json', ...authorization(callback.bearer) },
        body: JSON.stringify(message),
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      });
      // Read to its end where it is short, so that the agent does not see its answer cut off.
      await answer.body.dump({ limit: ANSWER_BODY_BYTES_MAX, signal: deadline }).catch(() => undefined);
      const taken = answer.statusCode >= 200 && answer.statusCode < 300;
      return { outcome: taken ? 'accepted' : 'declined', httpStatus: answer.statusCode };
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

function blocked(refusal: TargetRefusal, host: string | undefined): CallbackAnswer {
  return { outcome: 'blocked', refusal, ...(host === undefined ? {} : { host }) };
}

function authorization(bearer: string | undefined): Record<string, string> {
  return bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
}
