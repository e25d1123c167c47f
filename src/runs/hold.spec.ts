import { describe, expect, it } from 'vitest';
import { COMMITMENT_WAIT_MS, QUIET_MS, holdFirst, releaseAt, withCause } from './hold.js';

const cancelled = { via: 'watch', state: 'SESSION_STATE_CANCELLED' } as const;
const resolved = { via: 'read', state: 'SESSION_STATE_RESOLVED' } as const;

describe('holding the end of a session', () => {
  it('keeps the first final state and nothing else', () => {
    expect(holdFirst(undefined, { via: 'watch', state: 'SESSION_STATE_SUSPENDED' }, 1)).toBeUndefined();
    const hold = holdFirst(undefined, cancelled, 1);
    expect(holdFirst(hold, resolved, 2)).toBe(hold);
  });

  it('takes the reason of the same end from whoever knows it', () => {
    const hold = holdFirst(undefined, cancelled, 1);
    const told = { ...cancelled, via: 'ack', reason: 'enough', by: 'agent://lead' } as const;
    const whole = { info: { ...cancelled, reason: 'enough', by: 'agent://lead' }, heardAt: 1 };
    expect(holdFirst(hold, told, 2)).toEqual(whole);
    expect(holdFirst(whole, { ...told, reason: 'something else' }, 3)).toBe(whole);
    expect(holdFirst(hold, { ...resolved, reason: 'enough' }, 2)).toBe(hold);
  });

  it('tells of a change that was asked for who asked, and why', () => {
    const asked = { state: 'SESSION_STATE_OPEN', reason: 'enough seen', by: 'agent://lead' } as const;
    const reported = { via: 'watch', state: 'SESSION_STATE_OPEN' } as const;
    expect(withCause(reported, asked)).toEqual({ ...reported, reason: 'enough seen', by: 'agent://lead' });
    expect(withCause(reported, undefined)).toBe(reported);
    for (const other of [cancelled, resolved, { ...reported, via: 'read' } as const]) {
      expect(withCause(other, asked)).toBe(other);
    }
  });

  it('waits for the stream while it is down', () => {
    expect(releaseAt({ info: cancelled, heardAt: 0 }, { standsSince: undefined, lastFrameAt: 3 })).toBeUndefined();
  });

  it('counts from the moment the stream stands again', () => {
    expect(releaseAt({ info: resolved, heardAt: 100 }, { standsSince: 900, lastFrameAt: undefined })).toBe(
      900 + COMMITMENT_WAIT_MS,
    );
    expect(releaseAt({ info: cancelled, heardAt: 100 }, { standsSince: 900, lastFrameAt: 10 })).toBe(900 + QUIET_MS);
  });

  it('counts from the last frame, however long history takes to arrive', () => {
    for (const [info, waitMs] of [
      [cancelled, QUIET_MS],
      [resolved, COMMITMENT_WAIT_MS],
    ] as const) {
      for (const lastFrameAt of [1_000, 60_000]) {
        expect(releaseAt({ info, heardAt: 0 }, { standsSince: 0, lastFrameAt })).toBe(lastFrameAt + waitMs);
      }
      expect(releaseAt({ info, heardAt: 90_000 }, { standsSince: 0, lastFrameAt: 60_000 })).toBe(90_000 + waitMs);
    }
  });
});
