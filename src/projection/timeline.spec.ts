import { expect, it } from 'vitest';
import { EVENT_TYPES } from '../contracts/events.js';
import { RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

it('counts and lists every event, also of a type nobody knows', () => {
  const log = new RunStory(MODE.decision, [], '');
  for (const type of [...EVENT_TYPES, 'decision.proposed', 'constructor', '__proto__']) log.add(type, {});
  const { latestSeq, totalEvents, recent } = log.view().timeline;
  expect([latestSeq, totalEvents]).toEqual([log.events.length, log.events.length]);
  expect(recent.map(({ type }) => type)).toEqual(log.events.map(({ type }) => type));
  expect(recent[0]).toEqual({
    id: 'event-1',
    seq: 1,
    ts: log.events[0]?.ts,
    type: 'run.created',
    subject: { kind: 'run', id: log.runId },
  });
});

it('keeps the last 50', () => {
  const log = new RunStory(MODE.decision, [], '');
  for (let index = 0; index < 70; index += 1) log.add('message.sent', {});
  expect(log.view().timeline.recent.map(({ seq }) => seq)).toEqual(
    Array.from({ length: 50 }, (_, index) => index + 21),
  );
});
