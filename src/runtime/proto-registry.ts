import { type DescMessage, type Message, fromBinary, isMessage, toBinary } from '@bufbuild/protobuf';
import type { DecodedPayload, EncodedPayload, PayloadCodec, PayloadEnvelope } from '../contracts/envelope.js';
import type { JsonObject } from '../contracts/json.js';
import { MODE } from '../contracts/modes.js';
import { cut, storable } from '../contracts/text.js';
import { AppError } from '../errors/app-error.js';
import { SignalPayloadSchema } from '../gen/macp/v1/core_pb.js';
import {
  ValueReader,
  describedBytes,
  isJsonObject,
  parsedJson,
  utf8Text,
  base64Of,
  SHOWN_BYTES_MAX,
} from './json-values.js';
import { toPlainJson } from './payload-decode.js';
import { fromBase64, toMessage } from './payload-encode.js';
import { CONTRIBUTE, payloadTypeOf, protoRegistry } from './payload-types.js';

export { KNOWN_PAYLOADS, payloadTypeOf, protoRegistry } from './payload-types.js';

/** Longest `decodeError`, in UTF-16 units. */
const DECODE_ERROR_UNITS_MAX = 200;

/** The codec over the protocol's own types. Stateless; one instance serves everybody. */
export const payloadCodec: PayloadCodec = { decode, encode };

function decode(mode: string, messageType: string, bytes: Uint8Array): DecodedPayload {
  try {
    const type = payloadTypeOf(mode, messageType);
    if (type === undefined) return decodeOpaque(bytes);
    return legacyContribution(mode, messageType, bytes) ?? decodeProto(type, bytes);
  } catch (error) {
    return {
      payload: describedBytes(bytes),
      encoding: 'undecodable',
      decodeError: cut(storable(error instanceof Error ? error.message : String(error)), DECODE_ERROR_UNITS_MAX),
    };
  }
}

function decodeProto(type: DescMessage, bytes: Uint8Array): DecodedPayload {
  const reader = new ValueReader();
  const message = fromBinary(type, bytes, { readUnknownFields: false });
  const payload = toPlainJson(type, message, reader);
  const signalData = longSignalData(message, reader);
  return {
    payload,
    encoding: 'proto',
    typeName: type.typeName,
    ...truncatedIn(reader),
    ...(signalData === undefined ? {} : { signalData }),
  };
}

/** What a signal tells – the tokens of a model call, a severity – is read however long the prompt or stack beside it. */
function longSignalData(message: Message, reader: ValueReader): JsonObject | undefined {
  if (!isMessage(message, SignalPayloadSchema) || message.data.byteLength <= SHOWN_BYTES_MAX) return undefined;
  const text = utf8Text(message.data);
  const json = text === undefined ? undefined : parsedJson(text);
  return json !== undefined && isJsonObject(json.value) ? reader.object(json.value, 'data') : undefined;
}

/** Contribute has an older form, a JSON object with a string `value`; it is tried first, as the runtime does. */
function legacyContribution(mode: string, messageType: string, bytes: Uint8Array): DecodedPayload | undefined {
  if (mode !== MODE.multiRound || messageType !== CONTRIBUTE) return undefined;
  const text = utf8Text(bytes);
  const json = text === undefined ? undefined : parsedJson(text);
  if (json === undefined || !isJsonObject(json.value) || typeof json.value['value'] !== 'string') return undefined;
  const reader = new ValueReader();
  return { payload: reader.object(json.value, ''), encoding: 'json', ...truncatedIn(reader) };
}

function decodeOpaque(bytes: Uint8Array): DecodedPayload {
  if (bytes.byteLength === 0) return { payload: {}, encoding: 'empty' };
  const text = utf8Text(bytes);
  if (text === undefined) return { payload: opaqueBinary(bytes), encoding: 'binary' };
  const reader = new ValueReader();
  const json = parsedJson(text);
  if (json === undefined) {
    return { payload: { text: reader.text(text, 'text') }, encoding: 'text', ...truncatedIn(reader) };
  }
  const payload = isJsonObject(json.value)
    ? reader.object(json.value, '')
    : { value: reader.json(json.value, 'value') };
  return { payload, encoding: 'json', ...truncatedIn(reader) };
}

function opaqueBinary(bytes: Uint8Array): JsonObject {
  if (bytes.byteLength > SHOWN_BYTES_MAX) return { ...describedBytes(bytes), truncated: true };
  return { base64: base64Of(bytes) };
}

function truncatedIn(reader: ValueReader): { readonly truncated?: readonly string[] } {
  return reader.truncated.length === 0 ? {} : { truncated: reader.truncated };
}

function encode(mode: string, messageType: string, payload: PayloadEnvelope | JsonObject | undefined): EncodedPayload {
  const type = payloadTypeOf(mode, messageType);
  if (payload === undefined) return { bytes: new Uint8Array(), encoding: 'empty' };
  if (!isPayloadEnvelope(payload)) return encodeJson(type, payload);
  switch (payload.encoding) {
    case 'json':
      return encodeJson(type, payload.json);
    case 'text':
      return { bytes: new TextEncoder().encode(payload.text), encoding: 'text' };
    case 'base64':
      return encodeBase64(payload.base64);
    case 'proto':
      return encodeNamed(payload.proto.typeName, payload.proto.value);
  }
}

/** A JSON object for a known type is that type; any other JSON value goes out as JSON text. */
function encodeJson(type: DescMessage | undefined, json: unknown): EncodedPayload {
  if (type !== undefined && isJsonObject(json)) return encodeProto(type, json);
  return { bytes: new TextEncoder().encode(JSON.stringify(json)), encoding: 'json' };
}

function encodeProto(type: DescMessage, value: unknown): EncodedPayload {
  return { bytes: toBinary(type, toMessage(type, value)), encoding: 'proto', typeName: type.typeName };
}

function encodeNamed(typeName: string, value: JsonObject): EncodedPayload {
  const type = protoRegistry.getMessage(typeName);
  if (type === undefined) {
    throw new AppError('INVALID_PAYLOAD', `there is no message type '${cut(typeName, 100)}'`, { field: 'typeName' });
  }
  return encodeProto(type, value);
}

function encodeBase64(base64: string): EncodedPayload {
  const bytes = fromBase64(base64);
  if (bytes === undefined) {
    throw new AppError('INVALID_PAYLOAD', "'base64' of the payload is not base64 text", { field: 'base64' });
  }
  return { bytes, encoding: bytes.byteLength === 0 ? 'empty' : 'binary' };
}

const ENVELOPE_BODY: ReadonlyMap<string, (body: unknown) => boolean> = new Map([
  ['json', (body: unknown) => body !== undefined],
  ['text', (body: unknown) => typeof body === 'string'],
  ['base64', (body: unknown) => typeof body === 'string'],
  [
    'proto',
    (body: unknown) => isJsonObject(body) && typeof body['typeName'] === 'string' && isJsonObject(body['value']),
  ],
]);

/**
 * An object with exactly `encoding` and the body that encoding names is an envelope; anything else is plain JSON.
 * No payload of the protocol has a field `encoding`, so known types cannot be mistaken.
 */
function isPayloadEnvelope(payload: PayloadEnvelope | JsonObject): payload is PayloadEnvelope {
  const { encoding } = payload;
  if (typeof encoding !== 'string' || Object.keys(payload).length !== 2) return false;
  const body = Object.entries(payload).find(([key]) => key === encoding);
  return body !== undefined && (ENVELOPE_BODY.get(encoding)?.(body[1]) ?? false);
}
