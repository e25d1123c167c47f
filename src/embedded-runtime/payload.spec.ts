import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VotePayloadSchema } from '../gen/macp/modes/decision/v1/decision_pb.js';
import { RejectPayloadSchema } from '../gen/macp/modes/proposal/v1/proposal_pb.js';
import { CommitmentPayloadSchema, SessionStartPayloadSchema } from '../gen/macp/v1/core_pb.js';
import { decodePayload } from './payload.js';

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

describe('decoding a payload', () => {
  it('gives defaults for what is missing and ignores what is unknown', () => {
    expect(decodePayload(VotePayloadSchema, bytes())).toMatchObject({ proposalId: '', vote: '' });
    expect(decodePayload(VotePayloadSchema, bytes(0x48, 1, 10, 1, 0x70))).toMatchObject({ proposalId: 'p' });
  });

  it('refuses a known field of another wire type', () => {
    const vote = toBinary(VotePayloadSchema, create(VotePayloadSchema, { proposalId: 'p', vote: 'APPROVE' }));
    expect(decodePayload(VotePayloadSchema, vote)).toBeDefined();
    expect(decodePayload(RejectPayloadSchema, vote)).toBeUndefined();
    const nested = bytes(74, 2, 8, 1);
    expect(decodePayload(CommitmentPayloadSchema, nested)).toBeUndefined();
  });

  it.each([bytes(10), bytes(10, 5, 1), bytes(10, 1, 0xff), bytes(0xff), bytes(10, 0xff, 0xff, 0xff, 0xff, 0xff)])(
    'refuses %j',
    (malformed) => expect(decodePayload(VotePayloadSchema, malformed)).toBeUndefined(),
  );

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (anything) => {
        expect(() => decodePayload(SessionStartPayloadSchema, anything)).not.toThrow();
      }),
    );
  });
});
