import type { ClientDuplexStream, ClientReadableStream, ServiceError, StatusObject } from '@grpc/grpc-js';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  StreamSessionRequestSchema,
  type StreamSessionRequest,
  type StreamSessionResponse,
} from '../../../src/gen/macp/v1/core_pb.js';
import type { Envelope, MACPError } from '../../../src/gen/macp/v1/envelope_pb.js';
import { until } from './until.js';

/** Everything a stream has said so far. */
export class Heard<T> {
  readonly items: T[] = [];
  status: StatusObject | undefined;
  error: ServiceError | undefined;
  hasHeaders = false;

  constructor(readonly call: ClientReadableStream<T> | ClientDuplexStream<unknown, T>) {
    call.on('metadata', () => (this.hasHeaders = true));
    call.on('data', (item: T) => this.items.push(item));
    call.on('error', (error: ServiceError) => (this.error = error));
    call.on('status', (status: StatusObject) => (this.status = status));
  }

  count(count: number): Promise<T[]> {
    return until(`${count} items, have ${this.items.length}`, () => this.items.length >= count && [...this.items]);
  }

  end(): Promise<StatusObject> {
    return until('the end of the stream', () => this.status);
  }
}

/** A StreamSession call and what came of it. */
export class HeardSession extends Heard<StreamSessionResponse> {
  constructor(private readonly duplex: ClientDuplexStream<StreamSessionRequest, StreamSessionResponse>) {
    super(duplex);
  }

  write(request: MessageInitShape<typeof StreamSessionRequestSchema>): void {
    this.duplex.write(create(StreamSessionRequestSchema, request));
  }

  subscribe(sessionId: string, after = 0): void {
    this.write({ subscribeSessionId: sessionId, afterSequence: BigInt(after) });
  }

  halfClose(): void {
    this.duplex.end();
  }

  cancel(): void {
    this.duplex.cancel();
  }

  get envelopes(): Envelope[] {
    return this.items.flatMap(({ response }) => (response.case === 'envelope' ? [response.value] : []));
  }

  get errors(): MACPError[] {
    return this.items.flatMap(({ response }) => (response.case === 'error' ? [response.value] : []));
  }

  get ids(): string[] {
    return this.envelopes.map(({ messageId }) => messageId);
  }
}
