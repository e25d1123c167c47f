import { describe, expect, it } from 'vitest';
import { aRun, aSnapshot, time, World, type RunSpec } from '../../test/stories/world.js';
import { RUN_STATUSES, type Run, type RunStatus } from '../contracts/run.js';
import { SESSION_STATES, type SessionSnapshot, type SessionState } from '../contracts/session.js';
import { SESSION_TEXT_UNITS_MAX } from './evolve.js';
import { changeState, isFinalState, isLate, sessionOpened, type StateChange } from './lifecycle.js';

const SOURCE = { kind: 'runtime', name: 'rust-runtime', rawType: 'session-snapshot' } as const;
const CANDIDATES = SESSION_STATES;

function runIn(status: RunStatus, state: SessionState | undefined, spec: RunSpec = {}): Run {
  const run = aRun(spec);
  const session = { ...run.session, bound: true, initiator: 'alice', ...(state === undefined ? {} : { state }) };
  return { ...run, status, session };
}

function told(state: SessionState, more: Partial<StateChange> = {}): StateChange {
  return { state, via: 'watch', ts: time(5), ...more };
}

/** `session.state.changed+running run.suspended`: what is recorded, and the status it carries. */
function summary(run: Run, change: StateChange): string {
  return changeState(run, change, SOURCE)
    .map((draft) => {
      const status = draft.type === 'session.state.changed' ? draft.data.runStatus : undefined;
      return status === undefined ? draft.type : `${draft.type}+${status}`;
    })
    .join(' ');
}

const CHANGED = 'session.state.changed';

describe('what a state makes of its run', () => {
  it.each<[RunStatus, SessionState | undefined, SessionState, string]>([
    ['binding_session', undefined, 'SESSION_STATE_OPEN', `${CHANGED}+running`],
    ['binding_session', undefined, 'SESSION_STATE_SUSPENDED', `${CHANGED}+running run.suspended`],
    ['binding_session', undefined, 'SESSION_STATE_RESOLVED', `${CHANGED}+running run.completed`],
    ['binding_session', undefined, 'SESSION_STATE_EXPIRED', `${CHANGED} run.failed`],
    ['binding_session', undefined, 'SESSION_STATE_CANCELLED', `${CHANGED} run.cancelled`],
    ['running', 'SESSION_STATE_OPEN', 'SESSION_STATE_SUSPENDED', `${CHANGED} run.suspended`],
    ['suspended', 'SESSION_STATE_SUSPENDED', 'SESSION_STATE_OPEN', `${CHANGED} run.resumed`],
    ['suspended', 'SESSION_STATE_SUSPENDED', 'SESSION_STATE_RESOLVED', `${CHANGED} run.completed`],
    ['suspended', 'SESSION_STATE_SUSPENDED', 'SESSION_STATE_EXPIRED', `${CHANGED} run.failed`],
    ['suspended', 'SESSION_STATE_SUSPENDED', 'SESSION_STATE_CANCELLED', `${CHANGED} run.cancelled`],
    ['running', 'SESSION_STATE_OPEN', 'SESSION_STATE_OPEN', ''],
    ['running', 'SESSION_STATE_OPEN', 'SESSION_STATE_UNSPECIFIED', ''],
    ['failed', 'SESSION_STATE_OPEN', 'SESSION_STATE_CANCELLED', CHANGED],
    ['failed', undefined, 'SESSION_STATE_OPEN', CHANGED],
    ['completed', 'SESSION_STATE_RESOLVED', 'SESSION_STATE_OPEN', ''],
  ])('%s, %s → %s: %s', (status, state, candidate, expected) => {
    expect(summary(runIn(status, state), told(candidate))).toBe(expected);
  });

  it('is nothing for any state that follows a final one', () => {
    for (const final of CANDIDATES.filter(isFinalState)) {
      for (const candidate of CANDIDATES) expect(summary(runIn('running', final), told(candidate))).toBe('');
    }
  });

  it('is at most one change and one run event, in any situation', () => {
    for (const status of RUN_STATUSES) {
      for (const known of [undefined, ...CANDIDATES]) {
        for (const candidate of CANDIDATES) {
          for (const executionMode of ['driver', 'observer'] as const) {
            const types = changeState(runIn(status, known, { executionMode }), told(candidate), SOURCE).map(
              (d) => d.type,
            );
            expect(types.filter((type) => type === CHANGED)).toHaveLength(types.length === 0 ? 0 : 1);
            expect(types.length).toBeLessThanOrEqual(2);
          }
        }
      }
    }
  });

  it('is only its end while the session is not bound', () => {
    const run = aRun();
    expect(summary(run, told('SESSION_STATE_OPEN'))).toBe('');
    expect(summary(run, told('SESSION_STATE_RESOLVED', { via: 'commitment' }))).toBe('');
    expect(summary(run, told('SESSION_STATE_CANCELLED', { via: 'ack' }))).toBe(`${CHANGED} run.cancelled`);
  });

  it('carries the time, the cause and what is known of the session', () => {
    const run = runIn('running', 'SESSION_STATE_OPEN');
    const change = told('SESSION_STATE_CANCELLED', { reason: 'why\0', by: 'bob', receivedAt: time(6) });
    const [changed, ended] = changeState(run, change, SOURCE);
    expect(changed).toMatchObject({
      ts: time(5),
      source: SOURCE,
      subject: { kind: 'session', id: run.sessionId },
      data: {
        previousState: 'SESSION_STATE_OPEN',
        reason: 'why\ufffd',
        by: 'bob',
        recordedAt: time(6),
        initiator: 'alice',
      },
    });
    expect(ended).toMatchObject({
      subject: { kind: 'run', id: run.id },
      data: { status: 'cancelled', endedAt: time(5), runtimeSessionId: run.sessionId, reason: 'why\ufffd', by: 'bob' },
    });
  });

  it('brings the moved deadline of a resume, and no deadline when nobody names it', () => {
    const base = runIn('suspended', 'SESSION_STATE_SUSPENDED');
    const run = { ...base, session: { ...base.session, expiresAt: time(60_000) } };
    const snapshot = aSnapshot(run, 'SESSION_STATE_OPEN', { expiresAtUnixMs: Date.parse(time(90_000)) });
    const [withDeadline] = changeState(run, told('SESSION_STATE_OPEN', { snapshot }), SOURCE);
    expect(withDeadline?.data).toHaveProperty('expiresAt', time(90_000));
    const [without] = changeState(run, told('SESSION_STATE_OPEN'), SOURCE);
    expect(without?.data).not.toHaveProperty('expiresAt');
    expect(without?.data).not.toHaveProperty('expiresAtUnixMs');
  });
});

describe('a change of state that comes without a snapshot', () => {
  const session = {
    startedAtUnixMs: Date.parse(time(-5_000)),
    expiresAtUnixMs: Date.parse(time(60_000)),
    contextId: 'ctx',
    extensionKeys: ['a', 'b'],
  };
  function boundWith(given: Partial<SessionSnapshot>): Run {
    const world = new World(aRun({ executionMode: 'driver' }));
    const snapshot = aSnapshot(world.run, 'SESSION_STATE_OPEN', { ...session, ...given });
    const info = { via: 'read', state: snapshot.state, snapshot } as const;
    world.hear({ kind: 'session-snapshot', receivedAt: time(0), info });
    return world.run;
  }

  it('says all that session.bound said of the session', () => {
    const [opened] = sessionOpened(boundWith({}), time(1), 'ack');
    expect(opened?.data).toMatchObject({
      ...session,
      initiator: 'alice',
      startedAt: time(-5_000),
      expiresAt: time(60_000),
    });
  });

  it('does not repeat what is too large to be kept with the run', () => {
    const huge = 'x'.repeat(SESSION_TEXT_UNITS_MAX + 1);
    const run = boundWith({ contextId: huge, extensionKeys: ['a', huge] });
    expect(JSON.stringify(run.session)).not.toContain(huge);
    const [opened] = sessionOpened(run, time(1), 'ack');
    expect(opened?.data).not.toHaveProperty('contextId');
    expect(opened?.data).not.toHaveProperty('extensionKeys');
  });
});

describe('the outcome of a completed run', () => {
  it.each([true, false, null])('is that of the Commitment: %s', (outcomePositive) => {
    const commitment = { outcomePositive, action: 'decision.selected' };
    const change = told('SESSION_STATE_RESOLVED', { via: 'commitment', commitment });
    const [, completed] = changeState(runIn('running', 'SESSION_STATE_OPEN'), change, SOURCE);
    expect(completed?.data).toMatchObject({ status: 'completed', outcomePositive, action: 'decision.selected' });
    expect(completed?.data).not.toHaveProperty('commitmentMissing');
  });

  it('is missing when the end was heard without a Commitment in the log', () => {
    const run = runIn('running', 'SESSION_STATE_OPEN');
    const [, completed] = changeState(run, told('SESSION_STATE_RESOLVED'), SOURCE);
    expect(completed?.data).toMatchObject({ outcomePositive: null, commitmentMissing: true });
    const committed = { ...run, session: { ...run.session, committed: true } };
    const [, known] = changeState(committed, told('SESSION_STATE_RESOLVED'), SOURCE);
    expect(known?.data).not.toHaveProperty('commitmentMissing');
  });
});

describe('a report of the past', () => {
  const base = runIn('running', 'SESSION_STATE_OPEN');
  const run = { ...base, session: { ...base.session, stateChangedAt: time(100), stateObservedAt: time(90) } };

  it('is a read that was sent before the last change was recorded', () => {
    const read = (askedAtMs: number) => told('SESSION_STATE_SUSPENDED', { via: 'read', askedAt: time(askedAtMs) });
    expect(isLate(run, read(99))).toBe(true);
    expect(isLate(run, read(100))).toBe(false);
    expect(changeState(run, read(99), SOURCE)).toEqual([]);
  });

  it("is one that is older by the runtime's own clock", () => {
    expect(isLate(run, told('SESSION_STATE_SUSPENDED', { observedAt: time(89) }))).toBe(true);
    expect(isLate(run, told('SESSION_STATE_SUSPENDED', { observedAt: time(90) }))).toBe(false);
    expect(isLate(run, told('SESSION_STATE_SUSPENDED'))).toBe(false);
  });

  it('is never an end that the runtime tells of', () => {
    expect(isLate(run, told('SESSION_STATE_CANCELLED', { observedAt: time(1) }))).toBe(false);
    // The session was resumed while the question was on its way, and had been cancelled when it was answered.
    const read = told('SESSION_STATE_CANCELLED', { via: 'read', askedAt: time(99) });
    expect(summary(run, read)).toBe(`${CHANGED} run.cancelled`);
  });
});

describe("a driver run's first OPEN", () => {
  const binding = runIn('binding_session', undefined, { executionMode: 'driver' });

  it('is not taken from reports', () => {
    expect(changeState(binding, told('SESSION_STATE_OPEN'), SOURCE)).toEqual([]);
  });

  it('is recorded once the kickoff is done', () => {
    const opened = sessionOpened(binding, time(7), 'ack');
    expect(opened).toHaveLength(1);
    expect(opened[0]).toMatchObject({
      type: CHANGED,
      ts: time(7),
      data: { state: 'SESSION_STATE_OPEN', previousState: null, runStatus: 'running', via: 'ack' },
    });
  });

  it('is nothing when a suspension or an end came first', () => {
    const suspended = runIn('suspended', 'SESSION_STATE_SUSPENDED', { executionMode: 'driver' });
    expect(sessionOpened(suspended, time(7), 'ack')).toEqual([]);
    expect(sessionOpened(runIn('failed', undefined, { executionMode: 'driver' }), time(7), 'ack')).toEqual([]);
    expect(sessionOpened(aRun({ executionMode: 'driver' }), time(7), 'ack')).toEqual([]);
  });
});
