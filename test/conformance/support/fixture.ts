import {
  create,
  createRegistry,
  fromJson,
  ScalarType,
  toBinary,
  type DescMessage,
  type JsonValue,
} from '@bufbuild/protobuf';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { file_macp_modes_decision_v1_decision } from '../../../src/gen/macp/modes/decision/v1/decision_pb.js';
import { file_macp_modes_handoff_v1_handoff } from '../../../src/gen/macp/modes/handoff/v1/handoff_pb.js';
import { file_macp_modes_multi_round_v1_multi_round } from '../../../src/gen/macp/modes/multi_round/v1/multi_round_pb.js';
import { file_macp_modes_proposal_v1_proposal } from '../../../src/gen/macp/modes/proposal/v1/proposal_pb.js';
import { file_macp_modes_quorum_v1_quorum } from '../../../src/gen/macp/modes/quorum/v1/quorum_pb.js';
import { file_macp_modes_task_v1_task } from '../../../src/gen/macp/modes/task/v1/task_pb.js';
import { file_macp_v1_core, SessionStartPayloadSchema } from '../../../src/gen/macp/v1/core_pb.js';
import { EnvelopeSchema, type Envelope } from '../../../src/gen/macp/v1/envelope_pb.js';

type Json = Record<string, unknown>;

export interface FixtureStep {
  readonly sender: string;
  readonly message_type: string;
  readonly payload_type: string;
  readonly payload: Json;
  readonly expect: 'accept' | 'reject';
  readonly expected_error_code?: string;
}

export interface FixturePolicy {
  readonly policy_id: string;
  readonly mode: string;
  readonly description?: string;
  readonly rules: Json;
  readonly schema_version: number;
}

export interface Fixture {
  readonly mode: string;
  readonly initiator: string;
  readonly participants: readonly string[];
  readonly mode_version: string;
  readonly configuration_version: string;
  readonly policy_version?: string;
  readonly ttl_ms: number;
  readonly policy?: FixturePolicy;
  readonly messages: readonly FixtureStep[];
  readonly expected_final_state: 'Open' | 'Suspended' | 'Resolved' | 'Expired' | 'Cancelled';
  readonly expect_resolution_present?: boolean;
  readonly expected_resolution?: Json;
  readonly expected_mode_state?: Json;
  readonly verify_replay_equivalence?: boolean;
  readonly description?: string;
}

export interface NamedFixture {
  readonly name: string;
  readonly fixture: Fixture;
}

const registry = createRegistry(
  file_macp_v1_core,
  file_macp_modes_decision_v1_decision,
  file_macp_modes_proposal_v1_proposal,
  file_macp_modes_task_v1_task,
  file_macp_modes_handoff_v1_handoff,
  file_macp_modes_quorum_v1_quorum,
  file_macp_modes_multi_round_v1_multi_round,
);

/** Every `*.json` of a folder that has messages; `MACP_FIXTURES` names a further folder. */
export function loadFixtures(directory: string): NamedFixture[] {
  const directories = [directory, ...(process.env['MACP_FIXTURES']?.split(':') ?? [])];
  return directories.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.json') && !file.endsWith('.schema.json'))
      .sort()
      .map((file) => ({
        name: file.replace(/\.json$/, ''),
        fixture: JSON.parse(readFileSync(join(folder, file), 'utf8')) as Fixture,
      })),
  );
}

/** Short names of the older notation are understood too. */
function typeName(short: string): string {
  if (short.startsWith('macp.')) return short;
  if (short === 'Commitment') return 'macp.v1.CommitmentPayload';
  const [mode, type] = short.split('.');
  return `macp.modes.${mode ?? ''}.v1.${type ?? ''}Payload`;
}

/** Fields by their proto names; bytes are a list of numbers or the text itself, and outcome_positive defaults to true. */
export function encodeFixturePayload(payloadType: string, payload: Json): Uint8Array {
  const name = typeName(payloadType);
  const desc = registry.getMessage(name);
  if (!desc) throw new Error(`unknown payload type ${payloadType}`);
  const given = name === 'macp.v1.CommitmentPayload' ? { outcome_positive: true, ...payload } : payload;
  return toBinary(desc, fromJson(desc, toProtoJson(desc, given)));
}

function toProtoJson(desc: DescMessage, payload: Json): JsonValue {
  const entries = Object.entries(payload)
    .filter(([key]) => !key.startsWith('_'))
    .map(([key, value]) => {
      const field = desc.fields.find((candidate) => candidate.name === key);
      if (!field) throw new Error(`${desc.typeName} has no field ${key}`);
      const isBytes = field.fieldKind === 'scalar' && field.scalar === ScalarType.BYTES;
      return [key, isBytes ? toBase64(value) : value];
    });
  return Object.fromEntries(entries) as JsonValue;
}

function toBase64(value: unknown): string {
  const bytes = Array.isArray(value) ? Buffer.from(value as number[]) : Buffer.from(String(value), 'utf8');
  return bytes.toString('base64');
}

export interface StartTerms {
  readonly sessionId: string;
  readonly now: number;
}

export function startEnvelope(fixture: Fixture, { sessionId, now }: StartTerms): Envelope {
  const payload = create(SessionStartPayloadSchema, {
    intent: 'conformance',
    participants: [...fixture.participants],
    modeVersion: fixture.mode_version,
    configurationVersion: fixture.configuration_version,
    policyVersion: fixture.policy_version ?? '',
    ttlMs: BigInt(fixture.ttl_ms),
  });
  return create(EnvelopeSchema, {
    macpVersion: '1.0',
    mode: fixture.mode,
    messageType: 'SessionStart',
    messageId: 'm0',
    sessionId,
    sender: fixture.initiator,
    timestampUnixMs: BigInt(now),
    payload: toBinary(SessionStartPayloadSchema, payload),
  });
}

/** `index` counts from 0; the message ids from m1, rejected ones included. */
export function stepEnvelope(fixture: Fixture, index: number, { sessionId, now }: StartTerms): Envelope {
  const step = fixture.messages[index]!;
  return create(EnvelopeSchema, {
    macpVersion: '1.0',
    mode: fixture.mode,
    messageType: step.message_type,
    messageId: `m${index + 1}`,
    sessionId,
    sender: step.sender,
    timestampUnixMs: BigInt(now),
    payload: encodeFixturePayload(step.payload_type, step.payload),
  });
}

/** Objects by key, lists element by element from the start, scalars equal. Answers with the first path that differs. */
export function findMismatch(actual: unknown, expected: unknown, path = '$'): string | undefined {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return `${path}: not a list`;
    return firstOf(expected.map((item, index) => findMismatch(actual[index], item, `${path}[${index}]`)));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return `${path}: not an object`;
    const found = new Map(Object.entries(actual));
    return firstOf(Object.entries(expected).map(([key, item]) => findMismatch(found.get(key), item, `${path}.${key}`)));
  }
  return Object.is(actual, expected)
    ? undefined
    : `${path}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`;
}

function firstOf(found: readonly (string | undefined)[]): string | undefined {
  return found.find((item) => item !== undefined);
}
