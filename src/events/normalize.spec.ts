import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostileCodec, hostileRaw } from '../../test/stories/hostile.js';
import {
  ambient,
  anEnvelope,
  aRun,
  aSnapshot,
  ENV,
  START_MS,
  streamed,
  time,
  World,
  type EnvelopeSpec,
} from '../../test/stories/world.js';
import type { EventDraft } from '../contracts/events.js';
import type { Ordinal, Position } from '../contracts/ids.js';
import type { RawDraft } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import { normalize, withPolicy, type NormalizeEnv } from './normalize.js';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The path to the first thing that is not JSON, or that jsonb refuses; undefined when there is none. */
function unstorable(value: unknown): string | undefined {
  if (typeof value === 'string') return /\0|\p{Surrogate}/u.test(value) ? '' : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : '';
  if (typeof value === 'boolean' || value === null) return undefined;
  if (typeof value !== 'object') return '';
  for (const key of Object.keys(value)) {
    const found = unstorable(key) ?? unstorable(Reflect.get(value, key));
    if (found !== undefined) return `.${key}${found}`;
  }
  return undefined;
}

function heardBy(run: Run, raw: RawDraft, env: NormalizeEnv = ENV) {
  return normalize(run, { ...raw, ordinal: 7 as Ordinal, position: 9 as Position }, env);
}

function bound(spec: Parameters<typeof aRun>[0] = {}): Run {
  const world = new World(aRun(spec));
  const snapshot = aSnapshot(world.run, 'SESSION_STATE_OPEN');
  world.hear({ kind: 'session-snapshot', receivedAt: time(0), info: { via: 'read', state: snapshot.state, snapshot } });
  return world.run;
}

function draftsOf(run: Run, spec: EnvelopeSpec, receivedAtMs = 50_000): readonly EventDraft[] {
  return heardBy(run, streamed(anEnvelope(run, spec), time(receivedAtMs))).drafts;
}

function typed<T extends EventDraft['type']>(drafts: readonly EventDraft[], type: T) {
  return drafts.find((draft): draft is Extract<EventDraft, { type: T }> => draft.type === type);
}

describe('normalise is total', () => {
  const runs = [aRun(), aRun({ executionMode: 'driver' }), bound(), bound({ modeName: 'acme.chat.v1' })];

  it('throws at nothing, and drafts only what can be stored', () => {
    fc.assert(
      fc.property(fc.constantFrom(...runs), hostileRaw, hostileCodec, fc.boolean(), (run, raw, codec, redacts) => {
        const env = { ...ENV, codec, redactPaths: redacts ? ['prompt', 'data.secret', '..'] : [] };
        const { drafts, parked } = heardBy(run, raw, env);
        expect(unstorable({ drafts, parked })).toBeUndefined();
        for (const draft of drafts) {
          expect(draft.ts).toMatch(ISO);
          expect(draft.subject.id).not.toBe('');
          expect(draft.source.kind).toBe('runtime');
        }
      }),
      { numRuns: 700 },
    );
  });

  it('says of every envelope that it was received, exactly once', () => {
    fc.assert(
      fc.property(hostileRaw, hostileCodec, (raw, codec) => {
        const { drafts } = heardBy(bound(), raw, { ...ENV, codec });
        const isEnvelope = raw.kind === 'stream-envelope' || raw.kind === 'ambient-envelope';
        expect(drafts.filter(({ type }) => type === 'message.received')).toHaveLength(isEnvelope ? 1 : 0);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['text', Buffer.alloc(1_048_576, 0x61)],
    ['one long string', Buffer.from(`{"proposalId":"${'p'.repeat(1_048_000)}"}`)],
    ['a long list', Buffer.from(`[${'0,'.repeat(524_000)}0]`)],
    ['deep nesting', Buffer.from('['.repeat(524_000) + ']'.repeat(524_000))],
    ['no text', Buffer.alloc(1_048_576, 0xff)],
  ])('takes 1 MiB of %s', (_, payload) => {
    for (const modeName of ['macp.mode.decision.v1', 'acme.chat.v1']) {
      const { drafts } = heardBy(bound({ modeName }), streamed(anEnvelope(bound({ modeName }), { payload }), time(1)));
      expect(typed(drafts, 'message.received')).toBeDefined();
      expect(unstorable(drafts)).toBeUndefined();
      expect(() => JSON.stringify(drafts)).not.toThrow();
    }
  });

  it('parks what a codec cannot read, and still hears that it came', () => {
    const codec = {
      ...ENV.codec,
      decode: () => {
        throw new TypeError('no\0way');
      },
    };
    const { drafts, parked } = heardBy(bound(), streamed(anEnvelope(bound(), {}), time(1)), { ...ENV, codec });
    expect(parked).toBe('TypeError: no\ufffdway');
    expect(drafts.map((draft) => draft.type)).toEqual(['message.received']);
    expect(drafts[0]?.data).toMatchObject({ payloadEncoding: 'undecodable', payload: { byteLength: 0 } });
  });

  it('ends no run by a Commitment that anybody may have sent beside the stream, read or unread', () => {
    const run = bound();
    for (const payload of [Buffer.alloc(9, 0xff), { commitmentId: 'c', action: 'done' }]) {
      const raw = ambient(anEnvelope(run, { messageType: 'Commitment', payload }), time(1));
      const { drafts, parked } = heardBy(run, raw);
      expect(drafts.map((draft) => draft.type)).toEqual(['message.received']);
      expect(parked === null).toBe(!(payload instanceof Uint8Array));
    }
  });
});

describe('the time of an event', () => {
  const at = (timestampUnixMs: number) => {
    const envelope = { ...anEnvelope(bound(), {}), timestampUnixMs };
    return heardBy(bound(), streamed(envelope, time(1_000))).drafts[0]?.ts;
  };

  it.each([
    ['is what the sender says', START_MS + 500, time(500)],
    ['is not before the session', START_MS - 1, time(0)],
    ['is not after our receipt', START_MS + 5_000, time(1_000)],
    ['is receipt when the sender gives none', 0, time(1_000)],
    ['is receipt when the sender gives less than none', -5, time(1_000)],
    ['is receipt when it is beyond all years', Number.MAX_SAFE_INTEGER, time(1_000)],
  ])('%s', (_, sent, ts) => {
    expect(at(sent)).toBe(ts);
  });

  it('of a watched change is what the runtime observed, but not after receipt', () => {
    const watched = (observedAtMs: number) =>
      heardBy(bound(), {
        kind: 'session-snapshot',
        receivedAt: time(1_000),
        info: { via: 'watch', state: 'SESSION_STATE_SUSPENDED', observedAt: time(observedAtMs) },
      }).drafts.map((draft) => draft.ts);
    expect(watched(400)).toEqual([time(400), time(400)]);
    expect(watched(4_000)).toEqual([time(1_000), time(1_000)]);
  });
});

describe('the policy of a session that was found late', () => {
  const run = aRun();
  const snapshot = aSnapshot(run, 'SESSION_STATE_OPEN', { startedAtUnixMs: START_MS });
  const info = { via: 'watch', state: snapshot.state, snapshot, observedAt: time(0) } as const;
  const policy = { policyId: 'p', mode: '*', description: '', rules: {}, schemaVersion: 1 };

  it('has the time of the session, between its participants and its state', () => {
    const { drafts } = heardBy(run, { kind: 'session-snapshot', receivedAt: time(3_600_000), info });
    const told = withPolicy(drafts, run, policy);
    expect(told.slice(-3).map(({ type }) => type)).toEqual([
      'participant.seen',
      'policy.resolved',
      'session.state.changed',
    ]);
    expect(new Set(told.map(({ ts }) => ts))).toEqual(new Set([time(0)]));
  });

  it('is not told again with what is heard afterwards', () => {
    const { drafts } = heardBy(bound(), streamed(anEnvelope(bound(), {}), time(1)));
    expect(withPolicy(drafts, bound(), policy)).toBe(drafts);
  });
});

describe('the initial sync of a watch', () => {
  it('says nothing about when a session ended, only that it has', () => {
    const run = aRun();
    const info = { via: 'watch', observedAt: time(0), state: 'SESSION_STATE_RESOLVED' } as const;
    const { drafts } = heardBy(run, {
      kind: 'session-snapshot',
      receivedAt: time(9_000),
      info: { ...info, snapshot: aSnapshot(run, 'SESSION_STATE_RESOLVED') },
    });
    expect(typed(drafts, 'run.completed')).toMatchObject({ ts: time(9_000), data: { endedAt: time(9_000) } });
  });

  it('can tell of a suspension that happened while nobody watched', () => {
    const world = new World(bound());
    const hear = (state: 'SESSION_STATE_SUSPENDED' | 'SESSION_STATE_OPEN', observedMs: number, receivedMs: number) => {
      const snapshot = aSnapshot(world.run, state);
      const info = { via: 'watch', state, snapshot, observedAt: time(observedMs) } as const;
      world.hear({ kind: 'session-snapshot', receivedAt: time(receivedMs), info });
    };
    hear('SESSION_STATE_SUSPENDED', 10, 10);
    hear('SESSION_STATE_OPEN', 20, 20);
    hear('SESSION_STATE_SUSPENDED', 0, 500);
    expect(world.run.status).toBe('suspended');
  });
});

describe('one envelope', () => {
  it('gives its drafts in one order', () => {
    const commitment = { commitmentId: 'c1', action: 'task.completed', outcomePositive: true };
    const run = bound({ modeName: 'macp.mode.task.v1' });
    const types = draftsOf(run, { sender: 'zoe', messageType: 'Commitment', payload: commitment }).map((d) => d.type);
    expect(types).toEqual([
      'participant.seen',
      'message.received',
      'decision.finalized',
      'policy.commitment.evaluated',
      'session.state.changed',
      'run.completed',
    ]);
    const update = { taskId: 't1', progress: 0.5 };
    expect(draftsOf(run, { messageType: 'TaskUpdate', payload: update }).map((d) => d.type)).toEqual([
      'message.received',
      'proposal.updated',
      'progress.reported',
    ]);
  });

  it('names the place of its raw event when the sender left the message id blank', () => {
    const drafts = draftsOf(bound(), { messageId: ' ', payload: { option: 'tea' } });
    expect(drafts.map((draft) => draft.subject.id)).toEqual(['9', '9']);
    expect(drafts[0]?.data).toMatchObject({ messageId: ' ' });
  });

  it('takes the message id for a blank id of the thing decided', () => {
    const drafts = draftsOf(bound(), { messageId: 'm1', payload: { proposalId: '  ', option: 'tea' } });
    expect(typed(drafts, 'proposal.created')).toMatchObject({ subject: { id: 'm1' }, data: { proposalId: 'm1' } });
  });

  it('tells whom a handoff and a task are for', () => {
    const offer = { handoffId: 'h', targetParticipant: 'bob' };
    const handoff = bound({ modeName: 'macp.mode.handoff.v1' });
    for (const draft of draftsOf(handoff, { messageType: 'HandoffOffer', payload: offer })) {
      expect(draft.data).toMatchObject({ to: ['bob'], from: 'alice' });
    }
    const task = bound({ modeName: 'macp.mode.task.v1' });
    const created = (payload: { taskId: string; requestedAssignee?: string }) =>
      typed(draftsOf(task, { messageType: 'TaskRequest', payload }), 'proposal.created')?.data.to;
    expect(created({ taskId: 't', requestedAssignee: 'bob' })).toEqual(['bob']);
    expect(created({ taskId: 't' })).toEqual([]);
  });

  it('hashes a Commitment as it was sent, whatever is redacted of it', () => {
    const spec = {
      messageType: 'Commitment',
      payload: { commitmentId: 'c', action: 'decision.selected', reason: 'why' },
    };
    const raw = streamed(anEnvelope(bound(), spec), time(1));
    const open = typed(heardBy(bound(), raw).drafts, 'decision.finalized');
    const closed = typed(heardBy(bound(), raw, { ...ENV, redactPaths: ['reason'] }).drafts, 'decision.finalized');
    expect(closed?.data).toMatchObject({ reason: '[redacted]', reasons: ['[redacted]'] });
    expect(closed?.data.commitmentHash).toBe(open?.data.commitmentHash);
    expect(open?.data.commitmentHash).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('has no hash when what was sent is not known letter by letter', () => {
    const hashOf = (reason: string) => {
      const drafts = draftsOf(bound(), { messageType: 'Commitment', payload: { commitmentId: 'c', reason } });
      return typed(drafts, 'decision.finalized')?.data.commitmentHash;
    };
    expect(hashOf('x'.repeat(20_000))).toBeUndefined();
    expect(hashOf('a\0b')).toBeUndefined();
  });

  it('shows redacted text nowhere', () => {
    const secret = 'the secret words';
    const run = bound({ modeName: 'acme.chat.v1' });
    const payload = Buffer.from(JSON.stringify({ llmCall: { model: 'm1', prompt: secret, response: 'ok' } }));
    const env = { ...ENV, redactPaths: ['prompt'] };
    const { drafts } = heardBy(run, streamed(anEnvelope(run, { messageType: 'Answer', payload }), time(1)), env);
    expect(typed(drafts, 'llm.call.completed')?.data.prompt).toBe('[redacted]');
    expect(JSON.stringify(drafts)).not.toContain(secret);
  });

  it('shows nothing of what no path leads into: a session’s context that is text or bytes', () => {
    const run = bound();
    const extensions = { context: Buffer.from('plain words').toString('base64'), 'a.b': { kept: 1, prompt: 'no' } };
    const raw = streamed(
      anEnvelope(run, { messageType: 'SessionStart', payload: { intent: 'x', extensions } }),
      time(1),
    );
    const shown = (redactPaths: readonly string[]) =>
      typed(heardBy(run, raw, { ...ENV, redactPaths }).drafts, 'message.received')?.data.payload['extensions'];
    expect(shown([])).toMatchObject({ context: 'plain words' });
    expect(shown(['prompt'])).toEqual({ context: '[redacted]', 'a.b': { kept: 1, prompt: '[redacted]' } });
  });
});

describe('a model call', () => {
  const run = bound();
  const called = (data: unknown, sender = 'alice') => {
    const payload = { signalType: 'llm.call.completed', data: Buffer.from(JSON.stringify(data)).toString('base64') };
    const envelope = anEnvelope(run, { sender, mode: '', messageType: 'Signal', payload });
    return typed(heardBy(run, ambient(envelope, time(1))).drafts, 'llm.call.completed')?.data;
  };

  it.each([
    ['a reported cost', { model: 'm1', promptTokens: 1_000, estimatedCostUsd: 0 }, 0, 'reported'],
    ['the price of its model', { model: 'm1', prompt_tokens: 1_000, completion_tokens: 1_000 }, 0.04, 'table'],
    ['no cost for an unknown model', { model: 'm2', promptTokens: 1_000 }, null, undefined],
    ['no cost for a bare total', { model: 'm1', totalTokens: 1_000 }, null, undefined],
    ['no cost from a negative report', { model: 'm2', estimatedCostUsd: -1 }, null, undefined],
  ])('has %s', (_, data, cost, source) => {
    expect(called(data)).toMatchObject({ estimatedCostUsd: cost });
    expect(called(data)?.costSource).toBe(source);
  });

  it('belongs to its sender, whomever it names', () => {
    expect(called({ model: 'm1', participantId: 'bob' })).toMatchObject({ participantId: 'alice', sender: 'alice' });
  });

  it('counts the tokens it reports, or adds them up', () => {
    const usage = { tokenUsage: { promptTokens: 2, completionTokens: 3 } };
    expect(called({ ...usage, totalTokens: 9 })).toMatchObject({
      promptTokens: 2,
      completionTokens: 3,
      totalTokens: 9,
    });
    expect(called({ ...usage, totalTokens: 0 })).toMatchObject({ totalTokens: 5 });
  });

  it('is none without a token, a model, a prompt or a response', () => {
    expect(called({ provider: 'p', latencyMs: 5, totalTokens: 0 })).toBeUndefined();
    expect(called({ response: 'yes' })).toBeDefined();
    expect(called('text')).toBeUndefined();
  });

  it('of somebody outside is none', () => {
    expect(called({ model: 'm1' }, 'mallory')).toBeUndefined();
  });

  it('is not looked for in the messages of known modes', () => {
    const payload = Buffer.from('{"tokenUsage":{"promptTokens":5}}');
    const dynamic = bound({ modeName: 'acme.chat.v1' });
    expect(typed(draftsOf(dynamic, { messageType: 'Answer', payload }), 'llm.call.completed')).toBeDefined();
    expect(typed(draftsOf(bound(), { messageType: 'Answer', payload }), 'llm.call.completed')).toBeUndefined();
  });
});

describe('ids that look like something else', () => {
  it('are fields like any other', () => {
    const run = bound({ modeName: 'acme.chat.v1' });
    const payload = Buffer.from('{"__proto__":{"llmCall":{"model":"m1"}}}');
    const drafts = draftsOf(run, { sender: '__proto__', messageType: '__proto__', payload });
    expect(drafts.map((draft) => draft.type)).toEqual(['participant.seen', 'message.received']);
    expect(JSON.stringify(typed(drafts, 'message.received')?.data.payload)).toBe(
      '{"__proto__":{"llmCall":{"model":"m1"}}}',
    );
  });
});
