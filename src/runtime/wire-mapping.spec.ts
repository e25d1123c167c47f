import { create, fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { WireEnvelope } from '../contracts/envelope.js';
import type { IsoTime } from '../contracts/ids.js';
import * as core from '../gen/macp/v1/core_pb.js';
import { AckSchema } from '../gen/macp/v1/envelope_pb.js';
import { PolicyDescriptorSchema } from '../gen/macp/v1/policy_pb.js';
import {
  clamped,
  toAck,
  toFrame,
  toIsoTime,
  toLifecycle,
  toPolicy,
  toProtoEnvelope,
  toSessionState,
  toSnapshot,
  toWireEnvelope,
} from './wire-mapping.js';

const receivedAt = '2026-11-01T00:00:00.000Z' as IsoTime;

describe('wire mapping', () => {
  it('carries an envelope there and back', () => {
    const envelope: WireEnvelope = {
      macpVersion: '1.0',
      mode: 'm',
      messageType: 'T',
      messageId: 'i',
      sessionId: 's',
      sender: 'a',
      timestampUnixMs: 1_700_000_000_123,
      payload: new Uint8Array([1, 2, 255]),
    };
    expect(toWireEnvelope(toProtoEnvelope(envelope))).toEqual(envelope);
  });

  it('clamps int64 to the safe range', () => {
    expect(clamped(-(2n ** 63n))).toBe(-Number.MAX_SAFE_INTEGER);
    expect(clamped(2n ** 53n)).toBe(Number.MAX_SAFE_INTEGER);
    expect(clamped(-5n)).toBe(-5);
  });

  it('takes states and events it has no name for as unknown', () => {
    expect(toSessionState(5)).toBe('SESSION_STATE_CANCELLED');
    expect(toSessionState(77)).toBe('SESSION_STATE_UNSPECIFIED');
    const event = (eventType: core.SessionLifecycleEvent_EventType) =>
      create(core.SessionLifecycleEventSchema, { eventType, observedAtUnixMs: 5n });
    expect(toLifecycle(event(core.SessionLifecycleEvent_EventType.RESUMED), receivedAt)).toEqual({
      eventType: 'RESUMED',
      observedAt: '1970-01-01T00:00:00.005Z',
    });
    expect(toLifecycle(event(core.SessionLifecycleEvent_EventType.UNSPECIFIED), receivedAt)).toBeUndefined();
    // What a later protocol may add; protobuf keeps numbers that have no name.
    const later = fromBinary(core.SessionLifecycleEventSchema, new Uint8Array([0x08, 42]));
    expect(toLifecycle(later, receivedAt)).toBeUndefined();
  });

  it('takes the time of receipt where the runtime gives none', () => {
    const event = create(core.SessionLifecycleEventSchema, {
      eventType: core.SessionLifecycleEvent_EventType.CREATED,
      session: { sessionId: 's' },
    });
    expect(toLifecycle(event, receivedAt)).toMatchObject({ observedAt: receivedAt, session: { sessionId: 's' } });
    expect(toIsoTime(2n ** 62n)).toBeUndefined();
    expect(toIsoTime(-1n)).toBeUndefined();
  });

  it('names the policy of a session that was started without one', () => {
    expect(toSnapshot(create(core.SessionMetadataSchema, { extensionKeys: ['b', 'a'] }))).toMatchObject({
      policyVersion: 'policy.default',
      extensionKeys: ['a', 'b'],
      state: 'SESSION_STATE_UNSPECIFIED',
    });
  });

  it('reads refusals with their reasons, and accepts a success without error', () => {
    const details = new TextEncoder().encode('{"reasons":["no votes"]}');
    const refused = create(AckSchema, { error: { code: 'POLICY_DENIED', message: 'PolicyDenied', details } });
    expect(toAck(refused, 'Send')).toMatchObject({ ok: false, errorCode: 'POLICY_DENIED', reasons: ['no votes'] });
    expect(toAck(create(AckSchema, { ok: true }), 'Send')).not.toHaveProperty('errorCode');
    const hostile = create(AckSchema, { ok: false, error: { code: 'BAD\0', message: `bad: \0${'x'.repeat(9_000)}` } });
    const { errorCode, errorMessage } = toAck(hostile, 'Send');
    expect(errorCode).toBe('BAD\uFFFD');
    expect(errorMessage).toMatch(/^bad: \uFFFDx{294}…$/);
    expect(() => toAck(undefined, 'Send')).toThrow(expect.objectContaining({ code: 'RUNTIME_ERROR' }));
  });

  it('reads inline errors of both namings, with what they know', () => {
    const frame = (value: object) =>
      toFrame(create(core.StreamSessionResponseSchema, { response: { case: 'error', value } as never }), receivedAt);
    expect(frame({ code: 'Forbidden', message: 'Forbidden' })).toEqual({
      kind: 'inline-error',
      code: 'Forbidden',
      message: 'Forbidden',
      reasons: [],
      receivedAt,
    });
    const details = new TextEncoder().encode('{"reasons":["veto"]}');
    expect(frame({ code: 'POLICY_DENIED', message: 'x', sessionId: 's', messageId: 'm', details })).toMatchObject({
      sessionId: 's',
      messageId: 'm',
      reasons: ['veto'],
    });
    expect(toFrame(create(core.StreamSessionResponseSchema), receivedAt)).toBeUndefined();
  });

  it('parses the rules of a policy, and makes nothing of nonsense', () => {
    const rules = (text: string) => toPolicy(create(PolicyDescriptorSchema, { rules: text })).rules;
    expect(rules('{"voting":{"threshold":0.5}}')).toEqual({ voting: { threshold: 0.5 } });
    expect([rules('[1]'), rules('{'), rules('')]).toEqual([{}, {}, {}]);
  });
});
