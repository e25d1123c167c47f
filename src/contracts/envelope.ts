import type { JsonObject } from './json.js';

/** A `macp.v1.Envelope` as it came off the wire. `payload` is the protobuf (or opaque) payload, untouched. */
export interface WireEnvelope {
  readonly macpVersion: string;
  readonly mode: string;
  readonly messageType: string;
  readonly messageId: string;
  readonly sessionId: string;
  readonly sender: string;
  /** Chosen by the sender; 0 or less = not given. A decimal int64 that exceeds 2^53 is clamped to the safe range. */
  readonly timestampUnixMs: number;
  readonly payload: Uint8Array;
}

export type PayloadEncoding = 'proto' | 'json' | 'text' | 'binary' | 'empty' | 'undecodable';

/** A payload made readable: camelCase, every scalar present with its default, bounded texts, JSON-safe values. */
export interface DecodedPayload {
  readonly payload: JsonObject;
  readonly encoding: PayloadEncoding;
  /** Full protobuf name, only for encoding `proto`. */
  readonly typeName?: string;
  /** Paths of strings that were cut (event model: 16 KiB). */
  readonly truncated?: readonly string[];
  /** The JSON object that a Signal carries, where it is too long for `payload` to show; its texts are bounded too. */
  readonly signalData?: JsonObject;
  /** Only for encoding `undecodable`. */
  readonly decodeError?: string;
}

/** How a payload is given by a caller: one of four encodings. */
export type PayloadEnvelope =
  | { readonly encoding: 'json'; readonly json: JsonObject | readonly unknown[] | string | number | boolean | null }
  | { readonly encoding: 'text'; readonly text: string }
  | { readonly encoding: 'base64'; readonly base64: string }
  | { readonly encoding: 'proto'; readonly proto: { readonly typeName: string; readonly value: JsonObject } };

/** The bytes that go out, and what they are. */
export interface EncodedPayload {
  readonly bytes: Uint8Array;
  readonly encoding: 'proto' | 'json' | 'text' | 'binary' | 'empty';
  readonly typeName?: string;
}

/**
 * Protocol buffers ↔ JSON for every message type we know; implemented by the proto registry and handed to whoever
 * needs it, so that normalising stays free of gRPC and protobuf.
 */
export interface PayloadCodec {
  /** Total: never throws; what cannot be read comes back as `undecodable`. `mode` may be '' for ambient messages. */
  decode(mode: string, messageType: string, bytes: Uint8Array): DecodedPayload;
  /** Plain JSON for a known type becomes its protobuf. Throws AppError `INVALID_PAYLOAD`, naming the offending field. */
  encode(mode: string, messageType: string, payload: PayloadEnvelope | JsonObject | undefined): EncodedPayload;
}
