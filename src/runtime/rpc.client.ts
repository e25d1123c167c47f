import { fromBinary, toBinary, type DescMessage, type DescService, type MessageShape } from '@bufbuild/protobuf';
import { Metadata, type Client, type ServiceError } from '@grpc/grpc-js';
import type { AppError } from '../errors/app-error.js';
import { toAppError, type RpcSubject } from './grpc-status.js';

/** A unary call without an answer is given up after this time. */
export const UNARY_DEADLINE_MS = 10_000;

/** A method of a generated service descriptor. */
export interface RpcMethod<I extends DescMessage, O extends DescMessage> {
  readonly name: string;
  readonly parent: DescService;
  readonly input: I;
  readonly output: O;
}

export interface CallSettings {
  /** Bearer token; undefined = none is sent. */
  readonly token: string | undefined;
  readonly subject: RpcSubject;
}

export interface UnarySettings extends CallSettings {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** One request, one answer. Throws AppError, or the signal's reason when it was aborted. */
export async function callUnary<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: RpcMethod<I, O>,
  request: MessageShape<I>,
  settings: UnarySettings,
): Promise<MessageShape<O>> {
  const { signal } = settings;
  signal?.throwIfAborted();
  let abort: (() => void) | undefined;
  try {
    return await new Promise<MessageShape<O>>((resolve, reject) => {
      const call = client.makeUnaryRequest(
        rpcPath(method),
        serializer(method.input),
        deserializer(method.output),
        request,
        callMetadata(settings.token),
        { deadline: Date.now() + settings.deadlineMs },
        (error, answer) => {
          if (error !== null) reject(error);
          else if (answer === undefined) reject(new Error('neither error nor answer'));
          else resolve(answer);
        },
      );
      abort = () => call.cancel();
      signal?.addEventListener('abort', abort, { once: true });
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw fromServiceError(error, method.name, settings.subject);
  } finally {
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
  }
}

export function rpcPath(method: { readonly name: string; readonly parent: DescService }): string {
  return `/${method.parent.typeName}/${method.name}`;
}

export function serializer<T extends DescMessage>(type: T): (message: MessageShape<T>) => Buffer {
  return (message) => {
    const bytes = toBinary(type, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

export function deserializer<T extends DescMessage>(type: T): (bytes: Buffer) => MessageShape<T> {
  // A plain view, or bytes fields would come out as Buffers, which compare and serialise differently.
  return (bytes) =>
    fromBinary(type, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), { readUnknownFields: false });
}

export function callMetadata(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** The gate from grpc-js to AppError; anything that is not a ServiceError counts as INTERNAL. */
export function fromServiceError(error: unknown, rpc: string, subject: RpcSubject): AppError {
  if (!isServiceError(error)) {
    return toAppError({ status: 13, text: error instanceof Error ? error.message : '' }, rpc, subject, error);
  }
  const [runtimeCode] = error.metadata.get('macp-error-code');
  const [errorDetails] = error.metadata.get('macp-error-details-bin');
  const failure = {
    status: error.code,
    text: error.details,
    runtimeCode: typeof runtimeCode === 'string' ? runtimeCode : undefined,
    errorDetails: errorDetails instanceof Uint8Array ? errorDetails : undefined,
  };
  return toAppError(failure, rpc, subject, error);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}
