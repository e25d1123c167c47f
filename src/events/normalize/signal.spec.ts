import { describe, expect, it } from 'vitest';
import type { CanonicalEvent, EventOf } from '../../contracts/events.js';
import type { JsonObject } from '../../contracts/json.js';
import type { NormalizeEnv } from './env.js';
import { aRun, aSnapshot, ambient, anEnvelope, ENV, time, World } from '../../../test/stories/world.js';

/** More than a decoded payload shows of a bytes field. */
const LONG = 'x'.repeat(20 * 1024);
const UNITS_MAX = 16 * 1024;

/** What the log gains by a signal that tells this. */
function signalled(signalType: string, data: JsonObject, env: Partial<NormalizeEnv> = {}) {
  const world = new World(aRun(), { ...ENV, ...env });
  const snapshot = aSnapshot(world.run, 'SESSION_STATE_OPEN');
  world.hear({
    kind: 'session-snapshot',
    receivedAt: time(0),
    info: { via: 'watch', state: 'SESSION_STATE_OPEN', snapshot, observedAt: time(0) },
  });
  const payload = { signalType, data: Buffer.from(JSON.stringify(data)).toString('base64') };
  world.hear(ambient(anEnvelope(world.run, { mode: '', messageType: 'Signal', payload }), time(1)));
  return world.events;
}

function called(data: JsonObject, env?: Partial<NormalizeEnv>) {
  return signalled('llm.call.completed', data, env).find(isCall)?.data;
}

function isCall(event: CanonicalEvent): event is EventOf<'llm.call.completed'> {
  return event.type === 'llm.call.completed';
}

describe('a model call with a prompt longer than what a payload shows', () => {
  it('counts, with its texts cut', () => {
    const call = called({ model: 'm1', prompt: LONG, response: 'short', promptTokens: 100, completionTokens: 50 });
    expect(call).toMatchObject({ model: 'm1', response: 'short', totalTokens: 150, estimatedCostUsd: 0.0025 });
    expect(call?.prompt).toBe(`${'x'.repeat(UNITS_MAX)}…`);
    expect(call?.truncated).toEqual(['data.prompt']);
    expect(call?.payload['data']).toMatchObject({ truncated: true });
  });

  it('is redacted like any other', () => {
    const told = { model: 'm1', prompt: LONG, response: 'a secret', promptTokens: 1 };
    expect(called(told, { redactPaths: ['prompt', 'payload.data.response'] })).toMatchObject({
      prompt: '[redacted]',
      response: '[redacted]',
      promptTokens: 1,
    });
    expect(called(told, { redactPaths: ['data'] })).toBeUndefined();
  });
});

describe('a signal with more data than a payload shows', () => {
  it('keeps its severity', () => {
    const emitted = signalled('agent.failed', { severity: 'HIGH', stack: LONG }).at(-1);
    expect(emitted).toMatchObject({ type: 'signal.emitted', data: { severity: 'high', data: { truncated: true } } });
  });

  it('still tells who the agent is', () => {
    const card = { role: 'lead', framework: 'own', agentRef: 'lead@1' };
    const emitted = signalled('session.started', { ...card, tools: LONG }).at(-1);
    expect(emitted?.data).toMatchObject({ name: 'session.started', data: { truncated: true, ...card } });
    expect(emitted?.data).not.toHaveProperty('data.tools');
    const redacted = signalled('session.started', { ...card, tools: LONG }, { redactPaths: ['framework'] }).at(-1);
    expect(redacted?.data).toMatchObject({ data: { ...card, framework: '[redacted]' } });
  });
});

describe('token counts beyond all reason', () => {
  it('end at the largest whole number that JSON keeps exactly', () => {
    expect(called({ model: 'm1', promptTokens: 1e308, completionTokens: 1e308 })).toMatchObject({
      promptTokens: Number.MAX_SAFE_INTEGER,
      completionTokens: Number.MAX_SAFE_INTEGER,
      totalTokens: Number.MAX_SAFE_INTEGER,
      costSource: 'table',
    });
  });

  it('have no cost that could not be told', () => {
    const prices = new Map([['m1', { promptUsdPer1k: 1e300, completionUsdPer1k: 0 }]]);
    const call = called({ model: 'm1', promptTokens: 1e308 }, { prices });
    expect(call?.estimatedCostUsd).toBeNull();
    expect(call).not.toHaveProperty('costSource');
  });
});
