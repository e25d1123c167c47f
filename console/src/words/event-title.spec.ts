import { expect, it } from 'vitest';
import type { RunEvent } from '../api/types.js';
import { eventLine, eventTitle } from './event-title.js';

const EVENT: RunEvent = {
  id: '01981b5e-3c1e-7d5b-9a77-2f8a1c0b9d3e',
  runId: '01981b5e-3c1e-7d5b-9a77-2f8a1c0b9d3e',
  seq: 1,
  ts: '2026-07-10T12:00:00.000Z',
  type: 'message.received',
  schemaVersion: 3,
  subject: { kind: 'message', id: 'm1' },
  source: { kind: 'runtime', name: 'rust', position: 1, ordinal: 0 },
  data: { from: 'agent://alice', messageType: 'Vote' },
};

it('makes a type readable', () => {
  expect(eventTitle('session.stream.opened')).toBe('Session stream opened');
  expect(eventTitle('message.send_failed')).toBe('Message send failed');
});

it('says who and what, where an event tells', () => {
  expect(eventLine(EVENT)).toBe('Message received · Vote · alice');
  expect(eventLine({ ...EVENT, type: 'run.created', data: {} })).toBe('Run created');
});
