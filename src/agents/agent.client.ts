import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, DescMethod, MessageShape } from '@bufbuild/protobuf';
import { Client, Metadata, credentials, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import {
  GetSessionRequestSchema,
  MACPRuntimeService,
  SendRequestSchema,
  StreamSessionRequestSchema,
  StreamSessionResponseSchema,
} from '../gen/macp/v1/core_pb.js';
import { SessionState } from '../gen/macp/v1/envelope_pb.js';
import type { Ack, Envelope } from '../gen/macp/v1/envelope_pb.js';

/** Longest wait for the answer to one call. */
const CALL_DEADLINE_MS = 10_000;

/** A runtime's refusal or a broken connection, by its code: a registry code (FORBIDDEN …) or a gRPC status name. */
export class AgentError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AgentError';
    this.code = code;
  }
}

export interface AgentClientOptions {
  /** `host:port`, plaintext. */
  readonly runtimeAddress: string;
  /** Bearer token; it tells the runtime who speaks. */
  readonly token: string;
}

/** One agent's own connection to a runtime, under its own identity. */
export class AgentClient {
  private readonly client: Client;
  private readonly metadata = new Metadata();

  constructor({ runtimeAddress, token }: AgentClientOptions) {
    // A pool of its own: without it all agents of a process would share one connection.
    this.client = new Client(runtimeAddress, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    this.metadata.set('authorization', `Bearer ${token}`);
  }

  /** The runtime's answer; a refusal is `ok: false`, not an exception. Throws AgentError when there is no answer. */
  async send(envelope: Envelope, signal: AbortSignal): Promise<Ack> {
    const { ack } = await this.unary(
      MACPRuntimeService.method.send,
      SendRequestSchema,
      create(SendRequestSchema, { envelope }),
      signal,
    );
    if (!ack) throw new AgentError('INTERNAL', 'the runtime answered without an Ack');
    return ack;
  }

  async sessionState(sessionId: string, signal: AbortSignal): Promise<SessionState> {
    const request = create(GetSessionRequestSchema, { sessionId });
    const { metadata } = await this.unary(
      MACPRuntimeService.method.getSession,
      GetSessionRequestSchema,
      request,
      signal,
    );
    return metadata?.state ?? SessionState.UNSPECIFIED;
  }

  /**
   * The session's accepted envelopes from the first one on, then live ones. Ends when `signal` aborts or the runtime
   * closes cleanly; throws AgentError otherwise (NOT_FOUND before the session exists).
   */
  async *subscribe(sessionId: string, signal: AbortSignal): AsyncGenerator<Envelope> {
    const stream = this.client.makeBidiStreamRequest(
      pathOf(MACPRuntimeService.method.streamSession),
      serialise(StreamSessionRequestSchema),
      deserialise(StreamSessionResponseSchema),
      this.metadata,
    );
    // Cancelling makes the call emit one more error after nobody reads it; unheard it would end the process.
    stream.on('error', () => undefined);
    const cancel = () => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      if (signal.aborted) return;
      stream.write(create(StreamSessionRequestSchema, { subscribeSessionId: sessionId }));
      for await (const frame of stream as AsyncIterable<MessageShape<typeof StreamSessionResponseSchema>>) {
        const { response } = frame;
        if (response.case === 'envelope') yield response.value;
        if (response.case === 'error') throw new AgentError(response.value.code, response.value.message);
      }
    } catch (error) {
      if (!signal.aborted) throw toAgentError(error);
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.cancel();
    }
  }

  close(): void {
    this.client.close();
  }

  private unary<Input extends DescMessage, Output extends DescMessage>(
    method: DescMethod & { readonly output: Output },
    input: Input,
    request: MessageShape<Input>,
    signal: AbortSignal,
  ): Promise<MessageShape<Output>> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const call = this.client.makeUnaryRequest(
        pathOf(method),
        serialise(input),
        deserialise(method.output),
        request,
        this.metadata,
        { deadline: Date.now() + CALL_DEADLINE_MS },
        (error, answer) => {
          signal.removeEventListener('abort', cancel);
          if (answer) resolve(answer);
          else reject(toAgentError(error));
        },
      );
      const cancel = () => call.cancel();
      signal.addEventListener('abort', cancel, { once: true });
    });
  }
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function serialise<Desc extends DescMessage>(type: Desc): (message: MessageShape<Desc>) => Buffer {
  return (message) => Buffer.from(toBinary(type, message));
}

function deserialise<Desc extends DescMessage>(type: Desc): (bytes: Buffer) => MessageShape<Desc> {
  return (bytes) => fromBinary(type, bytes);
}

function toAgentError(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  if (isServiceError(error)) return new AgentError(status[error.code], error.details, { cause: error });
  return new AgentError('UNKNOWN', 'the call failed', { cause: error });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
