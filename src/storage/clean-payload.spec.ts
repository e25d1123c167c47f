import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../contracts/json.js';
import { cleanPayload, PAYLOAD_DEPTH_MAX, REDACTED } from './clean-payload.js';

function parsed(text: string): JsonObject {
  // Each text here is an object.
  return JSON.parse(text) as JsonObject;
}

function nested(depth: number): JsonObject {
  let value: JsonValue = 'bottom';
  for (let level = 0; level < depth; level += 1) value = [value];
  return { a: value };
}

describe('a cleaned payload', () => {
  it('holds nothing that jsonb refuses', () => {
    const { payload } = cleanPayload({ 'k\0': ['\ud800', Number.NaN, Infinity, { x: undefined, y: null }] }, []);
    expect(payload).toEqual({ 'k\ufffd': ['\ufffd', null, null, { y: null }] });
  });

  it("keeps a sender's __proto__ as a key like any other", () => {
    const { payload } = cleanPayload(parsed('{"__proto__":{"admin":true},"a":1}'), []);
    expect(JSON.stringify(payload)).toBe('{"__proto__":{"admin":true},"a":1}');
    expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
  });

  it('is nested no deeper than the limit, and says where it was cut', () => {
    const { payload, truncated } = cleanPayload(nested(100_000), []);
    expect(JSON.stringify(payload).length).toBeLessThan(PAYLOAD_DEPTH_MAX * 3);
    expect(truncated).toEqual(['a']);
  });

  it('redacts a path wherever a value ends with it', () => {
    const payload = { prompt: 'p', data: { prompt: ['p'], inner: [{ prompt: 'p' }], secret: 's' }, secret: 't' };
    expect(cleanPayload(payload, ['prompt', 'data.secret']).payload).toEqual({
      prompt: REDACTED,
      data: { prompt: REDACTED, inner: [{ prompt: REDACTED }], secret: REDACTED },
      secret: 't',
    });
  });

  it('redacts at the top alone when the path says payload', () => {
    const payload = { secret: 's', data: { secret: 's' } };
    expect(cleanPayload(payload, ['payload.secret']).payload).toEqual({ secret: REDACTED, data: { secret: 's' } });
  });

  it('redacts a key in whatever spelling', () => {
    expect(cleanPayload({ api_key: 1, apiKey: 2, other: 3 }, ['apiKey', '']).payload).toEqual({
      api_key: REDACTED,
      apiKey: REDACTED,
      other: 3,
    });
  });
});
