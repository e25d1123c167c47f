import { describe, expect, it } from 'vitest';
import type { ExecutionRequest, Orchestration, SessionSpec } from '../contracts/execution-request.js';
import { resolveOrchestration } from './orchestration.js';

const KICKOFF = [{ from: 'a', to: [], kind: 'request', messageType: 'Proposal' }] as const;

function request(session: Partial<SessionSpec>, kickoff: ExecutionRequest['kickoff'] = []): ExecutionRequest {
  return {
    mode: 'live',
    runtime: { kind: 'rust' },
    session: {
      modeName: 'm',
      modeVersion: '1',
      configurationVersion: '1',
      ttlMs: 1,
      participants: [{ id: 'a' }],
      ...session,
    },
    kickoff,
    execution: {},
  };
}

const resolved = (asked: ExecutionRequest, fallback: Orchestration) =>
  resolveOrchestration(asked, fallback).session.orchestration;

describe('who opens the session', () => {
  it('is what the request says, else what it carries, else what the configuration says', () => {
    for (const fallback of ['drive', 'observe'] as const) {
      expect(resolved(request({}), fallback)).toBe(fallback);
      expect(resolved(request({ orchestration: 'observe' }), fallback)).toBe('observe');
      expect(resolved(request({ orchestration: 'drive' }), fallback)).toBe('drive');
      expect(resolved(request({ initiatorParticipantId: 'a' }), fallback)).toBe('drive');
      expect(resolved(request({}, KICKOFF), fallback)).toBe('drive');
    }
  });

  it.each([
    ['session.initiatorParticipantId', request({ orchestration: 'observe', initiatorParticipantId: 'a' })],
    ['session.intent', request({ orchestration: 'observe', intent: 'choose' })],
    ['session.contextId', request({ orchestration: 'observe', contextId: 'c' })],
    ['session.roots', request({ orchestration: 'observe', roots: [] })],
    ['session.extensions', request({ orchestration: 'observe', extensions: {} })],
    ['session.contextEnvelope', request({ orchestration: 'observe', contextEnvelope: { encoding: 'text', text: '' } })],
    ['kickoff', request({ orchestration: 'observe' }, KICKOFF)],
    ['session.intent', request({ intent: 'choose' })],
  ])('is an agent, who says %s itself', (path, asked) => {
    expect(() => resolveOrchestration(asked, 'observe')).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        details: { issues: [expect.objectContaining({ path }) as object] },
      }),
    );
  });

  it('leaves what an observer may be told: the context, which is kept and not sent', () => {
    expect(resolved(request({ orchestration: 'observe', context: 'opaque' }), 'drive')).toBe('observe');
  });
});
