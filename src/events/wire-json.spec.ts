import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../contracts/events.js';
import { toEventBody } from '../storage/event-text.js';
import { toEventFrame, toLiveFrames, wireJson } from './wire-json.js';

function eventOf(data: object, type = 'artifact.created', kind = 'run'): CanonicalEvent {
  const source = { name: 'n', kind: 'runtime', position: null, ordinal: null };
  const event = { data, seq: 3, id: 'e', type, ts: 't', runId: 'r', source, subject: { id: 's', kind } };
  return event as object as CanonicalEvent;
}

/** The event as it comes from the table. */
function textOf({ data, ...head }: CanonicalEvent) {
  return { ...head, body: toEventBody(data) };
}

describe('wireJson', () => {
  it('property: loses nothing, and writes a payload under its two names', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (payload) => {
        const event = eventOf({ vote: 'APPROVE', payloadEncoding: 'json', payload }, 'message.received', 'message');
        const said = JSON.parse(JSON.stringify(event)) as { data: { payload: unknown } };
        const expected = { ...said, data: { ...said.data, decodedPayload: said.data.payload } };
        expect(JSON.parse(wireJson(textOf(event)))).toEqual(expected);
      }),
    );
  });

  it('leaves alone what only looks like a payload', () => {
    const event = eventOf({ payload: 1 });
    expect(JSON.parse(wireJson(textOf(event)))).toEqual(JSON.parse(JSON.stringify(event)));
  });

  it('writes an event’s own fields in a reader’s order', () => {
    expect(wireJson(textOf(eventOf({ b: 1, a: { d: 2, c: 3 } })))).toBe(
      '{"id":"e","runId":"r","seq":3,"ts":"t","type":"artifact.created","subject":{"kind":"run","id":"s"},' +
        '"source":{"kind":"runtime","name":"n","position":null,"ordinal":null},"data":{"b":1,"a":{"d":2,"c":3}}}',
    );
  });
});

describe('frames', () => {
  it('tell the status that an event leads to', () => {
    const statusOf = (data: object, type: string, kind?: string) =>
      toEventFrame(textOf(eventOf(data, type, kind))).status;
    expect(statusOf({ status: 'failed' }, 'run.failed')).toBe('failed');
    expect(statusOf({ runStatus: 'running' }, 'session.state.changed', 'session')).toBe('running');
    expect(statusOf({ status: 'opened' }, 'session.stream.opened', 'session')).toBeUndefined();
    expect(statusOf({ status: 'idle' }, 'participant.seen', 'participant')).toBeUndefined();
  });

  it('are the same bytes live and from the table, also of events that say the same', () => {
    const data = { payloadEncoding: 'json', payload: { a: 1 } };
    const events = [eventOf(data), eventOf(data, 'proposal.updated', 'proposal'), eventOf({ b: 1 })];
    expect(toLiveFrames(events)).toEqual(events.map((event) => toEventFrame(textOf(event))));
  });
});
