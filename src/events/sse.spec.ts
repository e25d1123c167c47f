import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLastEventId, sseFrame } from './sse.js';

function parse(bytes: Buffer): EventSourceMessage[] {
  const messages: EventSourceMessage[] = [];
  createParser({ onEvent: (message) => messages.push(message) }).feed(bytes.toString());
  return messages;
}

describe('sseFrame', () => {
  it('is read back by an independent parser, whatever the data', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 1 }), (text, id) => {
        const data = JSON.stringify(JSON.parse(text));
        expect(parse(sseFrame({ event: 'canonical_event', id, data }))).toEqual([
          { id: String(id), event: 'canonical_event', data },
        ]);
      }),
    );
  });

  it('gives an id to canonical events only', () => {
    expect(sseFrame({ event: 'heartbeat', data: '{}' }).toString()).toBe('event: heartbeat\ndata: {}\n\n');
  });

  it('tells when to come back', () => {
    expect(sseFrame({ event: 'end', data: '{}', retryMs: 1000 }).toString()).toBe(
      'retry: 1000\nevent: end\ndata: {}\n\n',
    );
  });
});

describe('parseLastEventId', () => {
  it.each([
    ['17', 17],
    ['0', 0],
    ['', undefined],
    ['abc', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['9999999999999999', undefined],
    [undefined, undefined],
  ])('%s → %s', (header, position) => expect(parseLastEventId(header)).toBe(position));
});
