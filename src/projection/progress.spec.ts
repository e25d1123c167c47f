import { describe, expect, it } from 'vitest';
import { RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

const story = (): RunStory => new RunStory(MODE.decision, ['alice'], 'alice').begin();

describe('progress', () => {
  it('lists members’ progress, null as no percentage', () => {
    const log = story()
      .progress('alice', 0, 'begun')
      .progress('alice', null, 'lost')
      .progress('bob', 5, 'x', { member: false });
    expect(log.view().progress.entries).toEqual([
      {
        participantId: 'alice',
        percentage: 0,
        message: 'begun',
        ts: log.events.at(-3)?.ts,
        seq: log.events.at(-3)?.seq,
      },
      { participantId: 'alice', message: 'lost', ts: log.events.at(-2)?.ts, seq: log.events.at(-2)?.seq },
    ]);
  });

  it('keeps the last 100, within bounds', () => {
    const log = story();
    for (let index = 0; index < 110; index += 1) log.progress('alice', index * 10, 'x'.repeat(600));
    const { entries } = log.view().progress;
    expect(entries).toHaveLength(100);
    expect(entries.at(-1)).toMatchObject({ percentage: 100, message: `${'x'.repeat(500)}…` });
  });
});
