import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventDraft, EventType } from '../../src/contracts/events.js';
import type { JsonObject } from '../../src/contracts/json.js';
import type { RawDraft } from '../../src/contracts/raw-event.js';
import { isTerminal, type RunStatus } from '../../src/contracts/run.js';
import { SESSION_STATES, type SessionState } from '../../src/contracts/session.js';
import { isFinalState, sessionOpened } from '../../src/events/lifecycle.js';
import { hostileRaw } from './hostile.js';
import { ambient, anEnvelope, aRun, aSnapshot, streamed, time, World } from './world.js';

const ENDS: readonly RunStatus[] = ['failed', 'cancelled'];

/** Where a run may go: the arrows of the state machine. */
const ARROWS: Record<RunStatus, readonly RunStatus[]> = {
  queued: ['starting', ...ENDS],
  starting: ['binding_session', ...ENDS],
  binding_session: ['running', ...ENDS],
  running: ['suspended', 'completed', ...ENDS],
  suspended: ['running', 'completed', ...ENDS],
  completed: [],
  failed: [],
  cancelled: [],
};

type Step = (world: World, atMs: number) => void;

function report(via: 'ack' | 'read' | 'watch', state: SessionState, described: boolean, backMs: number): Step {
  return (world, atMs) => {
    const snapshot = described ? { snapshot: aSnapshot(world.run, state) } : {};
    const past = time(Math.max(0, atMs - backMs));
    const asked = via === 'read' ? { askedAt: past } : via === 'watch' ? { observedAt: past } : {};
    world.hear({ kind: 'session-snapshot', receivedAt: time(atMs), info: { via, state, ...snapshot, ...asked } });
  };
}

function said(messageType: string, payload: JsonObject): Step {
  return (world, atMs) => {
    world.hear(streamed(anEnvelope(world.run, { messageType, payload, atMs }), time(atMs)));
  };
}

function ended(type: 'run.failed' | 'run.cancelled'): Step {
  return (world, atMs) => {
    // The run manager decides on the run as it stands; a finished run is not ended again.
    if (isTerminal(world.run.status)) return;
    const at = {
      ts: time(atMs),
      subject: { kind: 'run', id: 'r' },
      source: { kind: 'macp-control-plane', name: 'x' },
    } as const;
    const endedAt = time(atMs);
    const failed: EventDraft = {
      ...at,
      type: 'run.failed',
      data: { status: 'failed', endedAt, error: 'e', errorCode: 'E' },
    };
    const cancelled: EventDraft = { ...at, type: 'run.cancelled', data: { status: 'cancelled', endedAt } };
    world.record([type === 'run.failed' ? failed : cancelled]);
  };
}

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom('ack' as const, 'read' as const, 'watch' as const),
        fc.constantFrom(...SESSION_STATES),
        fc.boolean(),
        fc.nat({ max: 4_000 }),
      )
      .map((choice) => report(...choice)),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('SessionSuspend', 'SessionResume', 'SessionCancel').map((type) => said(type, {})),
  },
  fc.constant(said('Commitment', { commitmentId: 'c', action: 'decision.selected', outcomePositive: true })),
  fc.constant(said('Proposal', { proposalId: 'p', option: 'tea' })),
  fc.constant<Step>((world, atMs) => world.record(sessionOpened(world.run, time(atMs), 'ack'))),
  fc.constantFrom(ended('run.failed'), ended('run.cancelled')),
  hostileRaw.map<Step>((raw) => (world) => void world.hear(raw)),
);

const anyWorld = fc
  .tuple(
    fc.constantFrom('driver' as const, 'observer' as const),
    fc.constantFrom('queued' as const, 'starting' as const),
  )
  .map(
    ([executionMode, status]) =>
      () =>
        new World({ ...aRun({ executionMode }), status }),
  );

function played(newWorld: () => World, steps: readonly Step[]): World {
  const world = newWorld();
  steps.forEach((step, index) => step(world, index * 1_000));
  return world;
}

/** The status an event carries, as clients read it. */
function statusIn(event: World['events'][number]): RunStatus | undefined {
  const data: Readonly<Record<string, unknown>> = { ...event.data };
  const status = event.type.startsWith('run.') ? data['status'] : data['runStatus'];
  return event.type.startsWith('run.') || event.type.startsWith('session.')
    ? (status as RunStatus | undefined)
    : undefined;
}

describe('whatever is heard and commanded, in any order', () => {
  it('the statuses follow the arrows, and the run ends once', () => {
    fc.assert(
      fc.property(anyWorld, fc.array(anyStep, { maxLength: 25 }), (newWorld, steps) => {
        const world = played(newWorld, steps);
        let status = newWorld().run.status;
        for (const event of world.events) {
          const next = statusIn(event);
          if (next === undefined) continue;
          expect(ARROWS[status]).toContain(next);
          status = next;
        }
        expect(world.run.status).toBe(status);
        const ends = world.events.filter(({ type }) => ['run.completed', 'run.failed', 'run.cancelled'].includes(type));
        expect(ends.length).toBe(isTerminal(status) ? 1 : 0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('the states of the session form one chain that ends with the first final one', () => {
    fc.assert(
      fc.property(anyWorld, fc.array(anyStep, { maxLength: 25 }), (newWorld, steps) => {
        const { events, run } = played(newWorld, steps);
        let state: SessionState | null = null;
        for (const event of events) {
          if (event.type !== 'session.state.changed') continue;
          expect(isFinalState(state ?? undefined)).toBe(false);
          expect(event.data.previousState).toBe(state);
          expect(event.data.state).not.toBe(state);
          state = event.data.state;
        }
        expect(run.session.state ?? null).toBe(state);
        expect(events.filter(({ type }) => type === 'session.bound').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('every participant is seen once', () => {
    fc.assert(
      fc.property(anyWorld, fc.array(hostileRaw, { maxLength: 25 }), (newWorld, raws) => {
        const world = newWorld();
        report('read', 'SESSION_STATE_OPEN', true, 0)(world, 0);
        for (const raw of raws) world.hear(raw);
        const seen = world.events.flatMap((event) =>
          event.type === 'participant.seen' ? [event.data.participantId] : [],
        );
        expect(new Set(seen).size).toBe(seen.length);
      }),
      { numRuns: 200 },
    );
  });
});

/** The changes of one session in the order in which they happened, at 1 s, 2 s, …. */
const HISTORY: readonly SessionState[] = [
  ...(['SESSION_STATE_SUSPENDED', 'SESSION_STATE_OPEN', 'SESSION_STATE_SUSPENDED', 'SESSION_STATE_OPEN'] as const),
  'SESSION_STATE_RESOLVED',
];
const ANNOTATION: Partial<Record<SessionState, string>> = {
  SESSION_STATE_SUSPENDED: 'SessionSuspend',
  SESSION_STATE_OPEN: 'SessionResume',
};

/** What each channel has to report, in its own order. */
const CHANNELS: Record<'watch' | 'history' | 'ack', (world: World, index: number, atMs: number) => void> = {
  watch: (world, index, atMs) => {
    const info = { via: 'watch', state: HISTORY[index]!, observedAt: time((index + 1) * 1_000) } as const;
    world.hear({ kind: 'session-snapshot', receivedAt: time(atMs), info });
  },
  // Our own commands are answered a little after the runtime has carried them out.
  ack: (world, index, atMs) => {
    const info = { via: 'ack', state: HISTORY[index]!, observedAt: time((index + 1) * 1_000 + 5) } as const;
    world.hear({ kind: 'session-snapshot', receivedAt: time(atMs), info });
  },
  history: (world, index, atMs) => {
    const messageType = ANNOTATION[HISTORY[index]!] ?? 'Commitment';
    const payload = { reason: 'r' };
    world.hear(streamed(anEnvelope(world.run, { messageType, payload, atMs: (index + 1) * 1_000 }), time(atMs)));
  },
};

describe('one change, told on several channels', () => {
  it('is recorded once, with all states, however the channels interleave', () => {
    const turns = fc.shuffledSubarray(
      HISTORY.flatMap(() => ['watch', 'history', 'ack'] as const),
      { minLength: HISTORY.length * 3, maxLength: HISTORY.length * 3 },
    );
    fc.assert(
      fc.property(turns, (order) => {
        const world = new World(aRun());
        report('read', 'SESSION_STATE_OPEN', true, 0)(world, 0);
        const told = { watch: 0, history: 0, ack: 0 };
        order.forEach((channel, turn) => {
          CHANNELS[channel](world, told[channel], 10_000 + turn);
          told[channel] += 1;
        });
        const states = world.events.flatMap((event) =>
          event.type === 'session.state.changed' ? [event.data.state] : [],
        );
        expect(states).toEqual(['SESSION_STATE_OPEN', ...HISTORY]);
        expect(world.run.status).toBe('completed');
      }),
      { numRuns: 500 },
    );
  });
});

const DECISIVE: ReadonlySet<EventType> = new Set<EventType>([
  'proposal.created',
  'proposal.updated',
  'decision.finalized',
  'policy.commitment.evaluated',
]);

/** One transcript: who says what. */
const transcript: fc.Arbitrary<readonly (readonly [sender: string, type: string, payload: JsonObject])[]> = fc.array(
  fc.oneof(
    fc.constantFrom('p1', 'p2').map((id) => ['alice', 'Proposal', { proposalId: id, option: `option ${id}` }] as const),
    fc
      .tuple(fc.constantFrom('alice', 'bob', 'zoe'), fc.constantFrom('APPROVE', 'reject', 'perhaps'))
      .map(([sender, vote]) => [sender, 'Vote', { proposalId: 'p1', vote }] as const),
    fc.constant(['bob', 'Evaluation', { proposalId: 'p1', recommendation: 'REVIEW', confidence: 0.5 }] as const),
    fc
      .boolean()
      .map((yes) => ['alice', 'Commitment', { commitmentId: 'c', action: 'done', outcomePositive: yes }] as const),
  ),
  { maxLength: 15 },
);

describe('a driver run and an observer run over the same transcript', () => {
  it('record the same proposals and decisions', () => {
    fc.assert(
      fc.property(transcript, (messages) => {
        const raws = messages.map(([sender, messageType, payload], index) =>
          streamed(
            anEnvelope(aRun(), { sender, messageType, payload, atMs: index, messageId: `m${index}` }),
            time(index),
          ),
        );
        const decisive = (world: World) =>
          world.events
            .filter((event) => DECISIVE.has(event.type))
            .map(({ type, ts, subject, data, source }) => ({ type, ts, subject, data, rawType: source.rawType }));
        expect(decisive(asDriver(raws))).toEqual(decisive(asObserver(raws)));
      }),
      { numRuns: 200 },
    );
  });
});

function asObserver(raws: readonly RawDraft[]): World {
  const world = new World(aRun({ executionMode: 'observer' }));
  report('watch', 'SESSION_STATE_OPEN', true, 0)(world, 0);
  for (const raw of raws) world.hear(raw);
  return world;
}

/** The same, with the first message as its kickoff: sent by us, acknowledged, and echoed. */
function asDriver(raws: readonly RawDraft[]): World {
  const world = new World(aRun({ executionMode: 'driver' }));
  report('read', 'SESSION_STATE_OPEN', true, 0)(world, 0);
  const [first] = raws;
  if (first?.kind === 'stream-envelope') world.hear(acknowledged(first.envelope));
  for (const raw of raws) {
    world.hear(raw);
    if (raw === first) world.record(sessionOpened(world.run, time(1), 'ack'));
  }
  return world;
}

function acknowledged(envelope: ReturnType<typeof anEnvelope>): RawDraft {
  const { messageType, messageId, sender, sessionId, mode } = envelope;
  const message = { modeName: mode, messageType, messageId, sessionId, sender, to: [], payload: {} };
  return {
    kind: 'send-ack',
    receivedAt: time(0),
    info: {
      purpose: 'kickoff',
      ok: true,
      duplicate: false,
      sessionState: 'SESSION_STATE_OPEN',
      acceptedAtUnixMs: 1,
      message: {
        ...message,
        decoded: { encoding: 'proto' },
        payloadEncoding: 'proto',
        byteLength: envelope.payload.byteLength,
      },
    },
  };
}

describe('what is heard again', () => {
  it('adds nothing, from whatever point it is repeated', () => {
    fc.assert(
      fc.property(transcript, fc.nat({ max: 20 }), fc.boolean(), (messages, from, isAmbient) => {
        const raws = messages.map(([sender, messageType, payload], index) => {
          const envelope = anEnvelope(aRun(), { sender, messageType, payload, messageId: `m${index}` });
          return isAmbient ? ambient(envelope, time(index)) : streamed(envelope, time(index));
        });
        const world = asObserver(raws);
        const before = world.events.length;
        for (const raw of raws.slice(from)) world.hear(raw);
        expect(world.events).toHaveLength(before);
      }),
      { numRuns: 100 },
    );
  });
});
