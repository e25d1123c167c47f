import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { RuntimeCredentials } from './credentials.js';
import type { RpcMethod } from './rpc.client.js';
import type { RuntimeConnection } from './runtime-connection.client.js';

/** Unary calls, by who asks. Each throws AppError CREDENTIALS_MISSING before anything is sent. */
export class RuntimeCalls {
  constructor(
    private readonly connection: RuntimeConnection,
    private readonly credentials: RuntimeCredentials,
  ) {}

  /** A call that needs no credentials; ours are sent if there are any. */
  open<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    message: MessageShape<I>,
    signal: AbortSignal | undefined,
    deadlineMs?: number,
  ): Promise<MessageShape<O>> {
    const token = this.credentials.findToken(undefined);
    return this.connection.unary(method, { message, token, subject: 'resource' }, signal, deadlineMs);
  }

  /** A call under our own identity that concerns no session. */
  async own<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    message: MessageShape<I>,
    signal: AbortSignal | undefined,
  ): Promise<MessageShape<O>> {
    const token = this.credentials.tokenFor(undefined);
    return this.connection.unary(method, { message, token, subject: 'resource' }, signal);
  }

  /** A call about one session, as a participant (undefined = as ourselves). */
  async about<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    message: MessageShape<I>,
    as: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<MessageShape<O>> {
    const token = this.credentials.tokenFor(as);
    return this.connection.unary(method, { message, token, subject: 'session' }, signal);
  }

  /** A message of a participant, who alone may send it. */
  async from<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    message: MessageShape<I>,
    sender: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<MessageShape<O>> {
    const token = this.credentials.tokenFor(sender);
    return this.connection.unary(method, { message, token, subject: 'message' }, signal);
  }
}
