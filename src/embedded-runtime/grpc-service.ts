import type { DescMessage, DescMethod, DescService, MessageShape } from '@bufbuild/protobuf';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

function codec<D extends DescMessage>(
  schema: D,
): { encode: (value: MessageShape<D>) => Buffer; decode: (bytes: Buffer) => MessageShape<D> } {
  return {
    encode: (value) => {
      const bytes = toBinary(schema, value);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    // Unknown fields are of no use here, and kept ones would travel on into the history.
    decode: (bytes) => fromBinary(schema, bytes, { readUnknownFields: false }),
  };
}

function toMethodDefinition(
  method: DescMethod,
): MethodDefinition<MessageShape<DescMessage>, MessageShape<DescMessage>> {
  const input = codec(method.input);
  const output = codec(method.output);
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: input.encode,
    requestDeserialize: input.decode,
    responseSerialize: output.encode,
    responseDeserialize: output.decode,
  };
}

/** A service of the generated code as grpc-js wants it; methods go by their local names (`getSession`). */
export function toServiceDefinition(service: DescService): ServiceDefinition {
  return Object.fromEntries(service.methods.map((method) => [method.localName, toMethodDefinition(method)]));
}
