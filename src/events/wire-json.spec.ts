import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../contracts/events.js';
import { toEventFrame, wireJson } from './wire-json.js';

function eventOf(data: object, type = 'artifact.created'): CanonicalEvent {
  const event = { data, seq: 3, id: 'e', type, ts: 't', runId: 'r', subject: { id: 's', kind: 'run' } };
  return event as object as CanonicalEvent;
}

/** The value with the keys of every object the other way round, as a database might hand it over. */
function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

describe('wireJson', () => {
  it('property: does not depend on the order of keys, and loses nothing', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (dictionary) => {
        const data = JSON.parse(JSON.stringify(dictionary)) as object;
        const text = wireJson(eventOf(data));
        expect(wireJson(reversed(eventOf(data)) as CanonicalEvent)).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(eventOf(data))));
      }),
    );
  });

  it('writes an event’s own fields in a reader’s order', () => {
    expect(wireJson(eventOf({ b: 1, a: { d: 2, c: 3 } }))).toBe(
      '{"id":"e","runId":"r","seq":3,"ts":"t","type":"artifact.created","subject":{"id":"s","kind":"run"},"data":{"a":{"c":3,"d":2},"b":1}}',
    );
  });
});

describe('toEventFrame', () => {
  it('tells the status that an event leads to', () => {
    expect(toEventFrame(eventOf({ status: 'failed' }, 'run.failed')).status).toBe('failed');
    expect(toEventFrame(eventOf({ runStatus: 'running' }, 'session.state.changed')).status).toBe('running');
    expect(toEventFrame(eventOf({ status: 'opened' }, 'session.stream.opened')).status).toBeUndefined();
  });
});
