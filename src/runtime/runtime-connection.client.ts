import { isMessage, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import type { IsoTime } from '../contracts/ids.js';
import { isoTime } from '../contracts/time.js';
import { Health } from '../gen/grpc/health/v1/health_pb.js';
import { ChannelPool, isConnected, onDisconnect, type ChannelSettings } from './channel-pool.client.js';
import type { RuntimeCircuit } from './circuit-breaker.client.js';
import type { RpcSubject } from './grpc-status.js';
import { CallReader, SizedMessage, type StreamItem } from './rpc-reader.stream.js';
import { callMetadata, callUnary, deserializer, rpcPath, serializer, type RpcMethod } from './rpc.client.js';

export interface ConnectionSettings extends ChannelSettings {
  readonly circuit: RuntimeCircuit;
  readonly unaryDeadlineMs: number;
  /** A stream that is not even connected by then is given up. */
  readonly streamOpenDeadlineMs: number;
  readonly framesUnreadMax: number;
  readonly bytesUnreadMax: number;
}

export interface RpcRequest<I extends DescMessage> {
  readonly message: MessageShape<I>;
  /** undefined = no credentials are sent. */
  readonly token: string | undefined;
  readonly subject: RpcSubject;
}

export interface StreamMethod<I extends DescMessage, O extends DescMessage> extends RpcMethod<I, O> {
  readonly methodKind: 'bidi_streaming' | 'server_streaming';
}

/** All calls to one runtime, over as many connections as they need. */
export class RuntimeConnection {
  private readonly pool: ChannelPool;
  private readonly circuit: RuntimeCircuit;
  private readonly unaryDeadlineMs: number;
  private readonly streamOpenDeadlineMs: number;
  private readonly framesUnreadMax: number;
  private readonly bytesUnreadMax: number;

  constructor(settings: ConnectionSettings) {
    this.pool = new ChannelPool(settings);
    this.circuit = settings.circuit;
    this.unaryDeadlineMs = settings.unaryDeadlineMs;
    this.streamOpenDeadlineMs = settings.streamOpenDeadlineMs;
    this.framesUnreadMax = settings.framesUnreadMax;
    this.bytesUnreadMax = settings.bytesUnreadMax;
  }

  get streamChannels(): number {
    return this.pool.streamChannels;
  }

  /** `deadlineMs` replaces the usual deadline. */
  unary<I extends DescMessage, O extends DescMessage>(
    method: RpcMethod<I, O>,
    request: RpcRequest<I>,
    signal: AbortSignal | undefined,
    deadlineMs = this.unaryDeadlineMs,
  ): Promise<MessageShape<O>> {
    const { message, token, subject } = request;
    const call = () => callUnary(this.pool.unaryClient(), method, message, { token, subject, deadlineMs, signal });
    // Whether the runtime is well is asked of the runtime, also while nothing else is.
    return method.parent.typeName === Health.typeName ? call() : this.circuit.run(call, signal);
  }

  /** Opens a stream with one request and reads it; the request side of a two-way stream stays open until we cancel. */
  async *stream<I extends DescMessage, O extends DescMessage>(
    method: StreamMethod<I, O>,
    request: RpcRequest<I>,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StreamItem<MessageShape<O>>[], void, undefined> {
    if (signal.aborted) return;
    const lease = this.pool.leaseStream();
    const path = rpcPath(method);
    const [write, parse] = [serializer(method.input), deserializer(method.output)];
    const read = (bytes: Buffer) => new SizedMessage(parse(bytes), bytes.length);
    const metadata = callMetadata(request.token);
    const twoWay =
      method.methodKind === 'bidi_streaming'
        ? lease.client.makeBidiStreamRequest(path, write, read, metadata)
        : undefined;
    const call = twoWay ?? lease.client.makeServerStreamRequest(path, write, read, request.message, metadata);
    const untrack = this.pool.track(call);
    const isOutput = (read: unknown): read is SizedMessage<MessageShape<O>> =>
      read instanceof SizedMessage && isMessage(read.message, method.output);
    try {
      const reader = new CallReader(call, isOutput, {
        rpc: method.name,
        subject: request.subject,
        signal,
        framesUnreadMax: this.framesUnreadMax,
        bytesUnreadMax: this.bytesUnreadMax,
        openDeadlineMs: this.streamOpenDeadlineMs,
        now: isoNow,
        isConnected: () => isConnected(lease.client),
      });
      // Half-closing would make the runtime end the stream, so only the request is written.
      twoWay?.write(request.message);
      yield* reader.batches();
    } finally {
      untrack();
      lease.release();
    }
  }

  /** Runs the callback when the connection for unary calls is lost; false when there is none right now. */
  onceDisconnected(callback: () => void): boolean {
    const client = this.pool.unaryClient();
    if (!isConnected(client)) return false;
    onDisconnect(client, callback);
    return true;
  }

  close(): void {
    this.pool.close();
  }
}

function isoNow(): IsoTime {
  return isoTime(Date.now());
}
