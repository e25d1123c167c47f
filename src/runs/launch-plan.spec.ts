import { describe, expect, it } from 'vitest';
import { exampleRequest } from '../agents/examples.js';
import { parseConfig } from '../config/config.js';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import { isoTime } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { payloadCodec } from '../runtime/proto-registry.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { aRun } from '../../test/stories/world.js';
import { LaunchPlanService, type Allocation } from './launch-plan.service.js';
import type { RuntimeSelectorService } from './runtime-selector.service.js';
import type { ScriptedAgents } from './scripted-agents.interface.js';

const { id: runId, sessionId } = aRun();
const ALLOCATION: Allocation = {
  runId,
  sessionId,
  traceId: 't',
  createdAt: isoTime(0),
  nowMs: 0,
  idempotencyKey: undefined,
};

/** A plan for a runtime that is chosen so. */
function planWith(forRequest: () => Promise<RuntimeProvider>): LaunchPlanService {
  const selector: Partial<RuntimeSelectorService> = { forRequest };
  const agents: Partial<ScriptedAgents> = { check: () => undefined };
  // The service uses no more of its neighbours than is here.
  return new LaunchPlanService(
    selector as RuntimeSelectorService,
    payloadCodec,
    agents as ScriptedAgents,
    parseConfig({ MACP_AUTH_TOKEN_SENDER: 'plane' }, () => ''),
  );
}

function knowing(...participants: readonly (string | undefined)[]): LaunchPlanService {
  const provider: Partial<RuntimeProvider> = {
    kind: 'rust',
    hasCredentialsFor: (participant) => participants.includes(participant),
    initialize: () => Promise.reject(new AppError('RUNTIME_UNAVAILABLE', 'away')),
  };
  return planWith(() => Promise.resolve(provider as RuntimeProvider));
}

const DRIVEN: ExecutionRequest = (() => {
  const { session, kickoff, ...rest } = exampleRequest('decision');
  const messages = kickoff.map((message) => ({ ...message, from: 'sender' }));
  return {
    ...rest,
    kickoff: messages,
    session: { ...session, orchestration: 'drive', initiatorParticipantId: 'opener' },
  };
})();
const OBSERVED: ExecutionRequest = (() => {
  const { initiatorParticipantId: _opener, intent: _intent, ...session } = DRIVEN.session;
  return { ...DRIVEN, kickoff: [], session: { ...session, orchestration: 'observe' } };
})();

describe('a launch without credentials', () => {
  it.each([
    ['who opens', DRIVEN, ['sender'], 'SessionStart', 'opener', 'RUNTIME_TOKENS'],
    ['who sends', DRIVEN, ['opener'], 'Send', 'sender', 'RUNTIME_TOKENS'],
    ['who observes', OBSERVED, [], 'GetSession', 'plane', 'RUNTIME_SERVICE_TOKEN'],
  ])('names the call, %s, and the settings', async (_who, request, known, call, identity, setting) => {
    await expect(knowing(...known).prepare(request, ALLOCATION)).rejects.toMatchObject({
      code: 'CREDENTIALS_MISSING',
      details: { call, identity, configure: expect.arrayContaining([setting]) as unknown },
    });
    expect(await knowing(...known).validate(request, ALLOCATION)).toMatchObject({ valid: false });
  });
});

describe('validating', () => {
  it('does not take a defect for a word about the request', async () => {
    const plan = planWith(() => Promise.reject(new TypeError('Cannot read properties')));
    await expect(plan.validate(DRIVEN, ALLOCATION)).rejects.toThrow(TypeError);
  });
});
