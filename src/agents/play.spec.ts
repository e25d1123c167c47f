import { create } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { scriptedRuntime, type ScriptedRuntime, type UnaryScript } from '../../test/contracts/scripted-runtime.js';
import { agentBehaviours } from '../../test/support/agent-behaviours.js';
import { startEmbeddedRuntime } from '../embedded-runtime/embedded-runtime.server.js';
import {
  GetSessionResponseSchema,
  SendResponseSchema,
  SessionMetadataSchema,
  StreamSessionResponseSchema,
} from '../gen/macp/v1/core_pb.js';
import { AckSchema, EnvelopeSchema, MACPErrorSchema, SessionState } from '../gen/macp/v1/envelope_pb.js';
import { VotePayloadSchema } from '../gen/macp/modes/decision/v1/decision_pb.js';
import { playAgents } from './play.client.js';
import { say } from './seen.js';

describe('scripted agents on the embedded runtime', () =>
  agentBehaviours(async () => {
    const runtime = await startEmbeddedRuntime();
    return { address: runtime.address, stop: () => runtime.close() };
  }));

describe('an agent with something to say', () => {
  type Answer = Parameters<UnaryScript>[1];
  const refused = (code: string) => (answer: Answer) =>
    answer(null, create(SendResponseSchema, { ack: create(AckSchema, { error: create(MACPErrorSchema, { code }) }) }));
  const accepted = (answer: Answer) =>
    answer(null, create(SendResponseSchema, { ack: create(AckSchema, { ok: true }) }));
  const away = (answer: Answer) => answer({ code: status.UNAVAILABLE, details: 'away' });
  const standsAt = (state: SessionState) => (answer: Answer) =>
    answer(null, create(GetSessionResponseSchema, { metadata: create(SessionMetadataSchema, { state }) }));
  /** Longer than anybody is waited for. */
  const LONG_MS = 60_000;
  const DONE_MS_MAX = 20_000;

  /** What is answered to one try after the other, and to one look at the session after the other. */
  let sends: ((answer: Answer) => void)[];
  let looks: ((answer: Answer) => void)[];
  let runtime: ScriptedRuntime;
  beforeEach(async () => {
    const next = (script: () => ((answer: Answer) => void)[]): UnaryScript => {
      return (_call, answer) => (script().shift() ?? away)(answer);
    };
    runtime = await scriptedRuntime({
      unary: { send: next(() => sends), getSession: next(() => looks) },
      streamSession: (call) => {
        const envelope = create(EnvelopeSchema, {
          messageType: 'SessionStart',
          sender: 'agent://lead',
          messageId: 'm1',
        });
        call.once('data', () =>
          call.write(create(StreamSessionResponseSchema, { response: { case: 'envelope', value: envelope } })),
        );
      },
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    runtime.stop();
  });

  /** Until everything is said that is on the script, or the agent gives up. */
  const spoken = async (): Promise<readonly unknown[]> => {
    const failures: unknown[] = [];
    const stop = new AbortController();
    const isDone = (): boolean => sends.length === 0 || failures.length > 0;
    const done = expect.poll(isDone, { timeout: DONE_MS_MAX }).toBe(true);
    const play = playAgents({
      runtimeAddress: runtime.address,
      sessionId: 's',
      mode: 'decision',
      tokenFor: (id) => id,
      signal: stop.signal,
      agents: [
        {
          id: 'agent://alice',
          role: 'voter',
          decide: () => [say('vote', 'Vote', VotePayloadSchema, { vote: 'APPROVE' })],
        },
      ],
      onAgentFailed: (_id, error) => failures.push(error),
    });
    await done;
    stop.abort();
    await play;
    return failures;
  };

  it('has patience with a runtime that goes away after the session was suspended for long', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const later = (answer: Answer): void => {
      vi.setSystemTime(Date.now() + LONG_MS);
      standsAt(SessionState.SUSPENDED)(answer);
    };
    sends = [refused('SESSION_NOT_OPEN'), away, away, accepted];
    looks = [later];
    expect(await spoken()).toEqual([]);
  });

  it('asks again for a session that could not be read', async () => {
    sends = [refused('SESSION_NOT_OPEN'), refused('SESSION_NOT_OPEN'), accepted];
    looks = [away, standsAt(SessionState.SUSPENDED)];
    expect(await spoken()).toEqual([]);
  });
});
