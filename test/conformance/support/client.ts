import { create, type DescMethod, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type ClientDuplexStream, type ClientReadableStream } from '@grpc/grpc-js';
import type { DescMessage } from '@bufbuild/protobuf';
import {
  MACPRuntimeService,
  type StreamSessionRequest,
  type StreamSessionResponse,
} from '../../../src/gen/macp/v1/core_pb.js';
import { toServiceDefinition } from '../../../src/embedded-runtime/grpc-service.js';

const METHODS = toServiceDefinition(MACPRuntimeService);

function definitionOf(method: DescMethod) {
  const definition = METHODS[method.localName];
  if (!definition) throw new Error(`no definition of ${method.name}`);
  return definition;
}

export function withToken(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** A bare client of one runtime; every call names its own token. */
export class TestClient {
  private readonly client: Client;

  constructor(address: string) {
    this.client = new Client(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    token: string | undefined | Metadata,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(method);
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        create(method.input, request),
        token instanceof Metadata ? token : withToken(token),
        (error, value?: MessageShape<O>) => {
          if (error) reject(error);
          else resolve(value!);
        },
      );
    });
  }

  watch<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    token: string | undefined,
    request: MessageInitShape<I>,
  ): ClientReadableStream<MessageShape<O>> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(method);
    return this.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      create(method.input, request),
      withToken(token),
    ) as ClientReadableStream<MessageShape<O>>;
  }

  stream(token: string | undefined): ClientDuplexStream<StreamSessionRequest, StreamSessionResponse> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(MACPRuntimeService.method.streamSession);
    return this.client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      withToken(token),
    ) as ClientDuplexStream<StreamSessionRequest, StreamSessionResponse>;
  }

  close(): void {
    this.client.close();
  }
}
