import { describe, expect, it } from 'vitest';
import { aRun, aSnapshot, time } from '../../test/stories/world.js';
import type { Run } from '../contracts/run.js';
import { isOurs, neverOpened, speakerOf } from './decide.js';

const starting = aRun();
const bound: Run = { ...starting, session: { ...starting.session, bound: true, initiator: 'bob' } };

describe('an observed run whose time is up', () => {
  it('fails when nobody opened its session', () => {
    expect(neverOpened(starting, time(1))).toMatchObject([
      { type: 'run.failed', ts: time(1), data: { errorCode: 'SESSION_NOT_OPENED' } },
    ]);
  });

  it('goes on when its session was bound in that very moment', () => {
    expect(neverOpened(bound, time(1))).toEqual([]);
  });
});

describe('who speaks for a run', () => {
  it('is whom the request names, until the session says who opened it', () => {
    expect(speakerOf(starting)).toBe('alice');
    expect(speakerOf(bound)).toBe('bob');
  });
});

describe('a session with the id of a run', () => {
  const session = aSnapshot(starting, 'SESSION_STATE_OPEN');

  it('is the one asked for when the same opened it, for the same mode, with the same configuration', () => {
    expect(isOurs(session, starting)).toBe(true);
  });

  it.each([{ initiator: 'bob' }, { modeName: 'macp.mode.task.v1' }, { configurationVersion: '2.0.0' }])(
    'is another one with %j',
    (other) => expect(isOurs({ ...session, ...other }, starting)).toBe(false),
  );
});
