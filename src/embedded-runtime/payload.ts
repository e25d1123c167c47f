import type { DescField, DescMessage, MessageShape } from '@bufbuild/protobuf';
import { fromBinary, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

const SCALAR_WIRE: Record<ScalarType, WireType> = {
  [ScalarType.DOUBLE]: WireType.Bit64,
  [ScalarType.FLOAT]: WireType.Bit32,
  [ScalarType.INT64]: WireType.Varint,
  [ScalarType.UINT64]: WireType.Varint,
  [ScalarType.INT32]: WireType.Varint,
  [ScalarType.FIXED64]: WireType.Bit64,
  [ScalarType.FIXED32]: WireType.Bit32,
  [ScalarType.BOOL]: WireType.Varint,
  [ScalarType.STRING]: WireType.LengthDelimited,
  [ScalarType.BYTES]: WireType.LengthDelimited,
  [ScalarType.UINT32]: WireType.Varint,
  [ScalarType.SFIXED32]: WireType.Bit32,
  [ScalarType.SFIXED64]: WireType.Bit64,
  [ScalarType.SINT32]: WireType.Varint,
  [ScalarType.SINT64]: WireType.Varint,
};

/**
 * Decodes a payload, or returns undefined. Unknown fields are ignored and missing ones take their defaults, but a known
 * field of another wire type is refused: the decoder of the library would read such bytes as something they are not.
 */
export function decodePayload<D extends DescMessage>(schema: D, bytes: Uint8Array): MessageShape<D> | undefined {
  try {
    return hasExpectedWireTypes(schema, bytes) ? fromBinary(schema, bytes, { readUnknownFields: false }) : undefined;
  } catch {
    // Truncated, malformed or not UTF-8: the sender's fault in every case, and the kernel needs no further detail.
    return undefined;
  }
}

function hasExpectedWireTypes(desc: DescMessage, bytes: Uint8Array): boolean {
  const reader = new BinaryReader(bytes);
  const fields = fieldsOf(desc);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = fields.get(number);
    if (field?.fieldKind === 'message' && wireType === WireType.LengthDelimited) {
      if (!hasExpectedWireTypes(field.message, reader.bytes())) return false;
      continue;
    }
    if (field && wireType !== wireTypeOf(field)) return false;
    reader.skip(wireType, number);
  }
  return reader.pos === reader.len;
}

const FIELDS = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(desc: DescMessage): ReadonlyMap<number, DescField> {
  const known = FIELDS.get(desc);
  if (known) return known;
  const fields = new Map(desc.fields.map((field) => [field.number, field]));
  FIELDS.set(desc, fields);
  return fields;
}

function wireTypeOf(field: DescField): WireType {
  switch (field.fieldKind) {
    case 'scalar':
      return SCALAR_WIRE[field.scalar];
    case 'enum':
      return WireType.Varint;
    case 'message':
    case 'map':
    case 'list':
      // No payload of the protocol has a repeated number, so every list is length-delimited.
      return WireType.LengthDelimited;
    default: {
      const never: never = field;
      return never;
    }
  }
}
