import { describe, expect, it } from 'vitest';
import { aRun, ENV, SESSION_ID, time } from '../../../test/stories/world.js';
import type { Position } from '../../contracts/ids.js';
import type { SendAckInfo } from '../../contracts/raw-event.js';
import { normalizeAck } from './answers.js';

/** What becomes of the answer to a message of ours. */
function answered(messageType: string, answer: Partial<SendAckInfo>) {
  const info: SendAckInfo = {
    purpose: 'kickoff',
    ok: true,
    duplicate: false,
    sessionState: 'SESSION_STATE_OPEN',
    acceptedAtUnixMs: 1_000,
    ...answer,
    message: {
      modeName: 'macp.mode.decision.v1',
      messageType,
      messageId: 'm1',
      sessionId: SESSION_ID,
      sender: 'alice',
      to: [],
      payload: { commitmentId: 'c1' },
      decoded: { encoding: 'proto' },
      payloadEncoding: 'proto',
      byteLength: 2,
    },
  };
  return normalizeAck(
    aRun(),
    { kind: 'send-ack', receivedAt: time(0), info, ordinal: null, position: 9 as Position },
    ENV,
  );
}

describe('the answer to a message of ours', () => {
  it('says when the runtime accepted it, unless the runtime did not say', () => {
    expect(answered('Vote', {})).toMatchObject([{ data: { ack: { acceptedAt: '1970-01-01T00:00:01.000Z' } } }]);
    const [sent] = answered('Vote', { acceptedAtUnixMs: 0 });
    expect(sent?.data).not.toHaveProperty('ack.acceptedAt');
  });

  it('names a commitment only where a Commitment was denied', () => {
    const denial = { ok: false, errorCode: 'POLICY_DENIED' };
    const denied = (messageType: string) =>
      answered(messageType, denial).find(({ type }) => type === 'policy.denied')?.data;
    expect(denied('Commitment')).toMatchObject({ messageType: 'Commitment', commitmentId: 'c1' });
    expect(denied('Vote')).toMatchObject({ messageType: 'Vote' });
    expect(denied('Vote')).not.toHaveProperty('commitmentId');
  });
});
