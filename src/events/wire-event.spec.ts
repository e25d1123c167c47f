import { describe, expect, it } from 'vitest';
import { aRun, aSnapshot, anEnvelope, streamed, time, World } from '../../test/stories/world.js';
import { toWireEvent } from './wire-event.js';

describe('an event on the wire', () => {
  const world = new World(aRun());
  const snapshot = aSnapshot(world.run, 'SESSION_STATE_OPEN');
  world.hear({ kind: 'session-snapshot', receivedAt: time(0), info: { via: 'read', state: snapshot.state, snapshot } });
  world.hear(streamed(anEnvelope(world.run, { payload: { proposalId: 'p1', option: 'tea' } }), time(1)));

  it('shows the payload of an envelope under both published names, as one object', () => {
    const proposal = world.events.find((event) => event.type === 'proposal.created');
    const wire = toWireEvent(proposal!);
    expect(wire.data['payload']).toMatchObject({ proposalId: 'p1', option: 'tea' });
    expect(wire.data['decodedPayload']).toBe(wire.data['payload']);
    expect({ ...wire, data: undefined }).toEqual({ ...proposal, data: undefined });
  });

  it('is the event itself when no envelope is behind it', () => {
    const bound = world.events[0]!;
    expect(toWireEvent(bound)).toEqual(bound);
  });
});
