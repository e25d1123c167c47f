import { describe, expect, it } from 'vitest';
import { validate, version } from 'uuid';
import { newEventId } from './event-id.provider.js';

describe('the id of an event', () => {
  it('is a version 7 UUID of now, and no other event has it', () => {
    const before = Date.now();
    const ids = Array.from({ length: 5_000 }, newEventId);
    const after = Date.now();
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) {
      expect([validate(id), version(id)]).toEqual([true, 7]);
      const ms = parseInt(id.replaceAll('-', '').slice(0, 12), 16);
      expect(ms).toBeGreaterThanOrEqual(before);
      expect(ms).toBeLessThanOrEqual(after);
    }
  });
});
