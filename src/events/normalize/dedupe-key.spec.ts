import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { anEnvelope, aRun } from '../../../test/stories/world.js';
import { dedupeKeyOf, isAnnotation } from './dedupe-key.js';

const envelope = anEnvelope(aRun(), {
  sender: 'alice',
  messageType: 'Signal',
  messageId: 'id',
  payload: Buffer.from('p'),
});

describe('the dedupe key', () => {
  it('of a stream envelope is the hash of its message id alone', () => {
    expect(dedupeKeyOf(envelope, false)).toBe(`m:${createHash('sha256').update('id').digest('hex')}`);
    expect(dedupeKeyOf({ ...envelope, sender: 'bob' }, false)).toBe(dedupeKeyOf(envelope, false));
  });

  it('of an ambient envelope tells sender, type, id and payload apart', () => {
    const others = [
      { ...envelope, sender: 'alic', messageType: 'eSignal' },
      { ...envelope, messageId: 'i', payload: Buffer.from('dp') },
      { ...envelope, messageType: 'Progress' },
      { ...envelope, payload: Buffer.from('q') },
    ];
    const keys = [envelope, ...others].map((one) => dedupeKeyOf(one, true));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.every((key) => /^a:[0-9a-f]{64}$/.test(key))).toBe(true);
  });

  it('of an ambient envelope does not look at its timestamp', () => {
    expect(dedupeKeyOf({ ...envelope, timestampUnixMs: 1 }, true)).toBe(dedupeKeyOf(envelope, true));
  });
});

describe('annotations', () => {
  it('are the three that newer runtimes write', () => {
    const types = ['SessionCancel', 'SessionSuspend', 'SessionResume', 'SessionStart', 'Commitment', ''];
    expect(types.filter(isAnnotation)).toEqual(['SessionCancel', 'SessionSuspend', 'SessionResume']);
  });
});
