import { describe, expect, it } from 'vitest';
import { aRun, aSnapshot, anEnvelope, streamed, time, World } from '../../test/stories/world.js';
import { PARTICIPANTS_SEEN_MAX } from './evolve.js';
import { resolvePolicy } from './normalize.js';
import type { EventDraft } from '../contracts/events.js';

function bound(): World {
  const world = new World(aRun({ participants: ['alice', 'bob'] }));
  const snapshot = aSnapshot(world.run, 'SESSION_STATE_OPEN', { startedAtUnixMs: Date.parse(time(-5_000)) });
  world.hear({ kind: 'session-snapshot', receivedAt: time(0), info: { via: 'read', state: snapshot.state, snapshot } });
  return world;
}

function cancelled(endedAtMs: number): EventDraft {
  return {
    type: 'run.cancelled',
    ts: time(9),
    subject: { kind: 'run', id: 'r' },
    source: { kind: 'macp-control-plane', name: 'run-manager' },
    data: { status: 'cancelled', endedAt: time(endedAtMs) },
  };
}

describe('folding events into the run', () => {
  it('learns the session when it is bound', () => {
    const { run } = bound();
    expect(run).toMatchObject({ status: 'running', startedAt: time(-5_000), lastSeq: 6 });
    expect(run.session).toMatchObject({
      bound: true,
      initiator: 'alice',
      participants: ['alice', 'bob'],
      seen: ['alice', 'bob'],
      policyVersion: 'policy.default',
      startedAt: time(-5_000),
      expiresAt: time(60_000),
      state: 'SESSION_STATE_OPEN',
      stateChangedAt: time(0),
      committed: false,
    });
  });

  it('keeps the policy that governs', () => {
    const world = bound();
    const policy = { policyId: 'p2', mode: '*', description: '', rules: {}, schemaVersion: 1 };
    world.record([resolvePolicy(world.run, policy, time(1))]);
    expect(world.run.session.policyVersion).toBe('p2');
    expect(world.run.session.governance).toMatchObject({ authority: 'initiator_only', algorithm: 'none' });
  });

  it('knows that the session is committed, also when the decision comes too late for the status', () => {
    const world = bound();
    world.record([cancelled(9)]);
    const commitment = { commitmentId: 'c', action: 'decision.selected', outcomePositive: true };
    world.hear(streamed(anEnvelope(world.run, { messageType: 'Commitment', payload: commitment }), time(20)));
    expect(world.run).toMatchObject({ status: 'cancelled', endedAt: time(9) });
    expect(world.run.session.committed).toBe(true);
    expect(world.run.session.state).toBe('SESSION_STATE_RESOLVED');
  });

  it('remembers why a run failed', () => {
    const world = bound();
    const info = { via: 'read', state: 'SESSION_STATE_EXPIRED', askedAt: time(5) } as const;
    world.hear({ kind: 'session-snapshot', receivedAt: time(6), info });
    expect(world.run).toMatchObject({ status: 'failed', endedAt: time(6), error: { code: 'SESSION_EXPIRED' } });
  });

  it('leaves no terminal status and keeps its first end', () => {
    const world = bound();
    world.record([cancelled(9), cancelled(99)]);
    expect(world.run).toMatchObject({ status: 'cancelled', endedAt: time(9) });
  });

  it('remembers a bounded number of participants', () => {
    const world = bound();
    for (let i = 0; i < PARTICIPANTS_SEEN_MAX + 10; i += 1) {
      world.hear(streamed(anEnvelope(world.run, { sender: `agent${i}` }), time(i)));
    }
    expect(world.run.session.seen).toHaveLength(PARTICIPANTS_SEEN_MAX);
    expect(world.events.filter((event) => event.type === 'participant.seen')).toHaveLength(PARTICIPANTS_SEEN_MAX);
  });
});
