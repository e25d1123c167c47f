import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { z } from 'zod';
import type { JsonObject } from '../contracts/json.js';
import { EnvelopeSchema, type Envelope } from '../gen/macp/v1/envelope_pb.js';

// One line of the journal is one of these records as JSON. Times are epoch milliseconds.

const policy = z.object({
  policyId: z.string(),
  mode: z.string(),
  description: z.string(),
  rules: z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
  schemaVersion: z.int(),
});

const mode = z.object({
  mode: z.string(),
  modeVersion: z.string(),
  title: z.string(),
  description: z.string(),
  determinismClass: z.string(),
  participantModel: z.string(),
  messageTypes: z.array(z.string()).readonly(),
  terminalMessageTypes: z.array(z.string()).readonly(),
  schemaUris: z.record(z.string(), z.string()).readonly(),
});

/** `envelope`: the protobuf bytes in base64. */
const record = z.discriminatedUnion('kind', [
  // A start carries the policy, and an extension's description, so that it can be read without the registries.
  z.object({
    kind: z.literal('start'),
    at: z.int(),
    sessionId: z.string(),
    envelope: z.string(),
    policy,
    extension: z.object({ description: mode, isStrict: z.boolean() }).optional(),
  }),
  z.object({ kind: z.literal('envelope'), at: z.int(), sessionId: z.string(), envelope: z.string() }),
  z.object({ kind: z.literal('implicit'), at: z.int(), sessionId: z.string() }),
  z.object({ kind: z.literal('expire'), at: z.int(), sessionId: z.string() }),
  z.object({ kind: z.literal('cancel'), at: z.int(), sessionId: z.string(), by: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('suspend'), at: z.int(), sessionId: z.string(), by: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('resume'), at: z.int(), sessionId: z.string(), by: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('mode'), description: mode }),
  z.object({ kind: z.literal('mode-gone'), mode: z.string() }),
  z.object({ kind: z.literal('mode-promoted'), mode: z.string(), target: z.string() }),
  z.object({ kind: z.literal('policy'), policy }),
  z.object({ kind: z.literal('policy-gone'), policyId: z.string() }),
]);

export type JournalRecord = z.infer<typeof record>;
export type StartRecord = Extract<JournalRecord, { kind: 'start' }>;
export type SessionRecord = Extract<JournalRecord, { sessionId: string }>;

export function toLine(entry: JournalRecord): string {
  return `${JSON.stringify(entry)}\n`;
}

/** Undefined = not a whole record. */
export function parseLine(line: string): JournalRecord | undefined {
  try {
    const parsed = record.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // A line cut off in the middle is not JSON.
    return undefined;
  }
}

export function isSessionRecord(entry: JournalRecord): entry is SessionRecord {
  return 'sessionId' in entry;
}

export function encodeEnvelope(envelope: Envelope): string {
  return Buffer.from(toBinary(EnvelopeSchema, envelope)).toString('base64');
}

export function decodeEnvelope(text: string): Envelope {
  return fromBinary(EnvelopeSchema, Buffer.from(text, 'base64'), { readUnknownFields: false });
}
