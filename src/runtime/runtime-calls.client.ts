import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { isAborted } from '../contracts/aborted.js';
import { hasCode } from '../errors/app-error.js';
import type { RpcSubject } from './grpc-status.js';
import { explained } from './permission.js';
import type { RpcMethod } from './rpc.client.js';
import type { StreamItem } from './rpc-reader.stream.js';
import type { RuntimeConnection, StreamMethod } from './runtime-connection.client.js';
import type { RuntimeTokens } from './runtime-tokens.client.js';

/** In whose name, and about what. */
interface Asking<O extends DescMessage> {
  readonly as: string | undefined;
  readonly subject: RpcSubject;
  readonly signal: AbortSignal | undefined;
  /** Name of the call in errors, where it is not the RPC's. */
  readonly call?: string | undefined;
  readonly startsSession?: boolean | undefined;
  /** Whether an answer refuses the token: Send says so in its acknowledgement. */
  readonly refusesToken?: ((answer: MessageShape<O>) => boolean) | undefined;
}

/**
 * Calls, by who makes them. A token that the runtime refuses is replaced once, where there is another one to be had.
 * Without credentials nothing is sent; every refusal for want of rights says what is missing (see permission.ts).
 */
export class RuntimeCalls {
  constructor(
    private readonly connection: RuntimeConnection,
    private readonly tokens: RuntimeTokens,
  ) {}

  /** A call that needs no credentials; ours are sent if they are at hand. */
  open<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    message: MessageShape<I>,
    signal: AbortSignal | undefined,
    deadlineMs?: number,
  ): Promise<MessageShape<O>> {
    const token = this.tokens.findOwn();
    return this.connection.unary(method, { message, token, subject: 'resource' }, signal, deadlineMs);
  }

  /** A call under our own identity that concerns no session. */
  own<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    message: MessageShape<I>,
    signal: AbortSignal | undefined,
  ): Promise<MessageShape<O>> {
    return this.ask(method, message, { as: undefined, subject: 'resource', signal });
  }

  /** A call about one session, as a participant (undefined = as ourselves). */
  about<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    message: MessageShape<I>,
    as: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<MessageShape<O>> {
    return this.ask(method, message, { as, subject: 'session', signal });
  }

  /** A message of a participant, who alone may send it. */
  from<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    message: MessageShape<I>,
    sender: string | undefined,
    sending: Pick<Asking<O>, 'call' | 'startsSession' | 'refusesToken' | 'signal'>,
  ): Promise<MessageShape<O>> {
    return this.ask(method, message, { as: sender, subject: 'message', ...sending });
  }

  /** A stream, as a participant (undefined = as ourselves). */
  async *stream<I extends DescMessage, O extends DescMessage>(
    method: StreamMethod<I, O>,
    message: MessageShape<I>,
    asking: { readonly as: string | undefined; readonly subject: RpcSubject; readonly signal: AbortSignal },
  ): AsyncGenerator<readonly StreamItem<MessageShape<O>>[], void, undefined> {
    const { as, subject, signal } = asking;
    if (signal.aborted) return;
    let token: string | undefined;
    try {
      token = await this.tokens.tokenFor(as, { signal });
      yield* this.connection.stream(method, { message, token, subject }, signal);
    } catch (error) {
      if (isAborted(signal)) return;
      // Whoever reads the stream opens it again, and then with another token.
      if (token !== undefined && hasCode(error, 'RUNTIME_CREDENTIALS_REFUSED')) this.tokens.refused(token);
      throw this.explained(error, method.name, as);
    }
  }

  private async ask<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    message: MessageShape<I>,
    asking: Asking<O>,
  ): Promise<MessageShape<O>> {
    try {
      return await this.askTwice(method, message, asking);
    } catch (error) {
      throw this.explained(error, asking.call ?? method.name, asking.as);
    }
  }

  /** Once, and once more with another token when the first one was refused: nothing was done then. */
  private async askTwice<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    message: MessageShape<I>,
    asking: Asking<O>,
  ): Promise<MessageShape<O>> {
    const { as, subject, signal, startsSession, refusesToken } = asking;
    const once = (token: string) => this.connection.unary(method, { message, token, subject }, signal);
    const token = await this.tokens.tokenFor(as, { startsSession, signal });
    let answer: MessageShape<O> | undefined;
    let refusal: unknown;
    try {
      answer = await once(token);
      if (refusesToken?.(answer) !== true) return answer;
    } catch (error) {
      if (!hasCode(error, 'RUNTIME_CREDENTIALS_REFUSED')) throw error;
      refusal = error;
    }
    this.tokens.refused(token);
    const other = await this.tokens.tokenFor(as, { startsSession, signal });
    if (other !== token) return once(other);
    if (answer !== undefined) return answer;
    throw refusal;
  }

  private explained(error: unknown, call: string, participant: string | undefined): unknown {
    return explained(error, call, { participant, own: this.tokens.own });
  }
}
