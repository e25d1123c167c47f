import { describe, expect, it } from 'vitest';
import { RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

const FIRST = '4bf92f3577b34da6a3ce929d0e0e4736';
const OTHER = 'ffffffffffffffffffffffffffffffff';
const NONE = '0'.repeat(32);

const story = (): RunStory => new RunStory(MODE.decision, [], '');

describe('trace id', () => {
  it('is the first valid one of any event', () => {
    const log = story()
      .add('run.created', {}, { trace: { traceId: NONE } })
      .add('message.sent', {}, { trace: { traceId: 'x' } });
    expect(log.view().trace).toEqual({ spanCount: 0, linkedArtifacts: [] });
    log.add('tool.called', {}, { trace: { traceId: FIRST } }).add('tool.called', {}, { trace: { traceId: OTHER } });
    expect(log.view().trace.traceId).toBe(FIRST);
    expect(log.view().run.traceId).toBe(FIRST);
  });

  it('may be told by the creation', () => {
    expect(story().add('run.created', { traceId: FIRST }).view().run.traceId).toBe(FIRST);
  });
});

it('counts changes of span', () => {
  const log = story();
  for (const spanId of ['a', 'a', 'b', undefined, 'b', 'a']) {
    log.add('message.sent', {}, { trace: { traceId: FIRST, ...(spanId === undefined ? {} : { spanId }) } });
  }
  expect(log.view().trace).toMatchObject({ spanCount: 3, lastSpanId: 'a' });
});

it('links each artifact once, the last 100', () => {
  const log = story();
  for (let index = 0; index < 110; index += 1) {
    const artifact = { subject: { kind: 'artifact', id: `a${index}` } };
    log.add('artifact.created', {}, artifact).add('artifact.created', {}, artifact);
  }
  expect(log.view().trace.linkedArtifacts).toEqual(Array.from({ length: 100 }, (_, index) => `a${index + 10}`));
});
