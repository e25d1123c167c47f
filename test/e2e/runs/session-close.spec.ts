import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/config/clock.provider.js';
import {
  CancelSessionResponseSchema,
  GetSessionResponseSchema,
  SessionMetadataSchema,
} from '../../../src/gen/macp/v1/core_pb.js';
import { AckSchema, MACPErrorSchema, SessionState } from '../../../src/gen/macp/v1/envelope_pb.js';
import { NO_PLACE } from '../../../src/runs/start-places.stream.js';
import { SessionCloseService } from '../../../src/runs/session-close.service.js';
import { provider } from '../../contracts/runtime-scene.js';
import { scriptedRuntime, type ScriptedRuntime } from '../../contracts/scripted-runtime.js';
import { aRun } from '../../stories/world.js';

/** What the runtime answers to one cancel after the other; undefined = yes. The last one is repeated. */
let answers: (string | undefined)[];
let asked: number;
/** What the session at the runtime has that the run did not ask for. */
let foreign: { initiator?: string; mode?: string; configurationVersion?: string };
let runtime: ScriptedRuntime;
let speaker: ReturnType<typeof provider>;

const run = aRun({ executionMode: 'driver' });
const { modeName, configurationVersion } = run.request.session;

beforeEach(async () => {
  asked = 0;
  foreign = {};
  runtime = await scriptedRuntime({
    unary: {
      getSession: (_call, answer) => {
        const state = SessionState.OPEN;
        const metadata = create(SessionMetadataSchema, {
          sessionId: run.sessionId,
          mode: modeName,
          configurationVersion,
          initiator: 'alice',
          state,
          ...foreign,
        });
        answer(null, create(GetSessionResponseSchema, { metadata }));
      },
      cancelSession: (_call, answer) => {
        const code = answers[Math.min(asked, answers.length - 1)];
        asked += 1;
        const error = code === undefined ? undefined : create(MACPErrorSchema, { code });
        const ack = create(AckSchema, { ok: code === undefined, ...(error === undefined ? {} : { error }) });
        answer(null, create(CancelSessionResponseSchema, { ack }));
      },
    },
  });
  speaker = provider(runtime.address);
});
afterEach(async () => {
  await speaker.close();
  runtime.stop();
});

it.each([
  ['asks again while the runtime cannot', ['INTERNAL_ERROR', 'RATE_LIMITED', undefined], 3],
  ['takes a refusal for an answer', ['FORBIDDEN', undefined], 1],
  ['takes it that there is no session', ['SESSION_NOT_FOUND', undefined], 1],
  ['asks once who says yes', [undefined], 1],
])('%s', async (_what, script, times) => {
  answers = script;
  const { signal } = new AbortController();
  await new SessionCloseService(systemClock).close(run, speaker, { place: NO_PLACE, signal, left: { session: true } });
  expect(asked).toBe(times);
});

it('asks nothing where no session can be left', async () => {
  answers = [undefined];
  const { signal } = new AbortController();
  await new SessionCloseService(systemClock).close(run, speaker, { place: NO_PLACE, signal, left: {} });
  expect(asked).toBe(0);
});

it.each([{ initiator: 'bob' }, { mode: 'macp.mode.task.v1' }, { configurationVersion: 'another' }])(
  'leaves a session of somebody else under the same id alone: %j',
  async (theirs) => {
    answers = [undefined];
    foreign = theirs;
    const { signal } = new AbortController();
    await new SessionCloseService(systemClock).close(run, speaker, {
      place: NO_PLACE,
      signal,
      left: { session: true },
    });
    expect(asked).toBe(0);
  },
);
