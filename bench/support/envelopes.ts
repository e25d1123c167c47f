import { create, toBinary } from '@bufbuild/protobuf';
import { EvaluationPayloadSchema } from '../../src/gen/macp/modes/decision/v1/decision_pb.js';
import { EnvelopeSchema, type Envelope } from '../../src/gen/macp/v1/envelope_pb.js';
import { text } from './words.js';

/** What one envelope measures as it is serialised, header and payload together. */
export const ENVELOPE_BYTES = 1_024;
export const PROPOSAL_ID = 'bench';
export const SENDER = 'agent://load';

/** Digits of the number in a message id, so that all are equally long. */
const ID_DIGITS = 8;

/** An Evaluation of exactly ENVELOPE_BYTES. Each `number` has a text and a message id of its own. */
export function evaluation(sessionId: string, number: number, atMs: number): Envelope {
  const prose = text(number, ENVELOPE_BYTES);
  let length = ENVELOPE_BYTES - bytesOf(envelopeWith(sessionId, number, atMs, '')).length;
  let envelope = envelopeWith(sessionId, number, atMs, prose.slice(0, length));
  // Lengths are written in front of what they measure, and take bytes themselves.
  for (let over = excess(envelope); over !== 0; over = excess(envelope)) {
    length -= over;
    envelope = envelopeWith(sessionId, number, atMs, prose.slice(0, length));
  }
  return envelope;
}

function envelopeWith(sessionId: string, number: number, atMs: number, reason: string): Envelope {
  const payload = create(EvaluationPayloadSchema, {
    proposalId: PROPOSAL_ID,
    recommendation: 'APPROVE',
    confidence: 0.9,
    reason,
  });
  return create(EnvelopeSchema, {
    macpVersion: '1.0',
    mode: 'macp.mode.decision.v1',
    messageType: 'Evaluation',
    messageId: `m-${String(number).padStart(ID_DIGITS, '0')}`,
    sessionId,
    sender: SENDER,
    timestampUnixMs: BigInt(Math.floor(atMs)),
    payload: toBinary(EvaluationPayloadSchema, payload),
  });
}

function excess(envelope: Envelope): number {
  return bytesOf(envelope).length - ENVELOPE_BYTES;
}

function bytesOf(envelope: Envelope): Uint8Array {
  return toBinary(EnvelopeSchema, envelope);
}
