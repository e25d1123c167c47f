import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Client, Metadata, credentials } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentClient, AgentError } from '../../src/agents/agent.client.js';
import { exampleRequest } from '../../src/agents/examples.js';
import { EXAMPLE_MODES } from '../../src/agents/modes.js';
import type { ExampleMode } from '../../src/agents/modes.js';
import { openSession } from '../../src/agents/open.client.js';
import { playAgents } from '../../src/agents/play.client.js';
import { scriptFor } from '../../src/agents/scripts.js';
import { say } from '../../src/agents/seen.js';
import type { AgentScript } from '../../src/agents/seen.js';
import { VotePayloadSchema } from '../../src/gen/macp/modes/decision/v1/decision_pb.js';
import { MACPRuntimeService } from '../../src/gen/macp/v1/core_pb.js';
import { SessionState } from '../../src/gen/macp/v1/envelope_pb.js';

interface RunningRuntime {
  /** `host:port`, plaintext, in development mode: the token is the identity. */
  readonly address: string;
  stop(): Promise<void>;
}

const TEST_MS_MAX = 20_000;
const tokenFor = (participantId: string): string => participantId;

/** What the scripted agents do on any runtime; the same list for the embedded and for the reference one. */
export function agentBehaviours(start: () => Promise<RunningRuntime>): void {
  let runtime: RunningRuntime;
  beforeAll(async () => {
    runtime = await start();
  });
  afterAll(() => runtime.stop());

  const sessionOf = (mode: ExampleMode) => ({
    runtimeAddress: runtime.address,
    sessionId: randomUUID(),
    mode,
    request: exampleRequest(mode),
    tokenFor,
    signal: AbortSignal.timeout(TEST_MS_MAX),
  });

  const stateOf = async (sessionId: string, as: string): Promise<SessionState> => {
    const client = new AgentClient({ runtimeAddress: runtime.address, token: tokenFor(as) });
    try {
      return await client.sessionState(sessionId, AbortSignal.timeout(TEST_MS_MAX));
    } finally {
      client.close();
    }
  };

  const call = <Method extends DescMethod>(method: Method, as: string, init: MessageInitShape<Method['input']>) =>
    unary(runtime.address, as, method.input, method.output, `/${method.parent.typeName}/${method.name}`, init);

  it.each(EXAMPLE_MODES)('wait for a session of %s mode and bring it to its commitment', async (mode) => {
    const session = sessionOf(mode);
    const agents = playAgents(session);
    await openSession(session);
    await agents;
    expect(await stateOf(session.sessionId, scriptFor(mode)[0]!.id)).toBe(SessionState.RESOLVED);
  });

  it('join a session that is already under way', async () => {
    const session = sessionOf('quorum');
    await openSession(session);
    await playAgents(session);
    expect(await stateOf(session.sessionId, scriptFor('quorum')[0]!.id)).toBe(SessionState.RESOLVED);
  });

  it('leave a session that somebody cancels', async () => {
    const session = sessionOf('decision');
    await openSession(session);
    // Without the lead nobody commits.
    const agents = playAgents({ ...session, agents: scriptFor('decision').slice(1) });
    await call(MACPRuntimeService.method.cancelSession, 'agent://lead', {
      sessionId: session.sessionId,
      reason: 'test',
    });
    await agents;
    expect(await stateOf(session.sessionId, 'agent://lead')).toBe(SessionState.CANCELLED);
    expect(session.signal.aborted).toBe(false);
  });

  it('wait while the session is suspended', async () => {
    const session = sessionOf('decision');
    const { sessionId } = session;
    await openSession(session);
    await call(MACPRuntimeService.method.suspendSession, 'agent://lead', { sessionId, reason: 'test' });
    const heard: string[] = [];
    const agents = playAgents({ ...session, agents: scriptFor('decision').map((agent) => overheard(agent, heard)) });
    await expect.poll(() => heard.includes('agent://alice Proposal'), { timeout: TEST_MS_MAX }).toBe(true);
    expect(await stateOf(sessionId, 'agent://lead')).toBe(SessionState.SUSPENDED);
    await call(MACPRuntimeService.method.resumeSession, 'agent://lead', { sessionId, reason: 'test' });
    await agents;
    expect(await stateOf(sessionId, 'agent://lead')).toBe(SessionState.RESOLVED);
  });

  it('stop when they are told to', async () => {
    const stop = new AbortController();
    const agents = playAgents({ ...sessionOf('task'), signal: stop.signal });
    stop.abort();
    await agents;
  });

  it('fail with the code of the runtime when a message is refused', async () => {
    const session = sessionOf('decision');
    await openSession(session);
    const rash: AgentScript = {
      id: 'agent://alice',
      role: 'rash',
      decide: () => [say('vote', 'Vote', VotePayloadSchema, { proposalId: 'no such proposal', vote: 'APPROVE' })],
    };
    const failure = playAgents({ ...session, agents: [rash] });
    await expect(failure).rejects.toBeInstanceOf(AgentError);
    await expect(failure).rejects.toMatchObject({ code: 'INVALID_ENVELOPE' });
  });
}

/** The same agent, noting what it has seen before it decides. */
function overheard(agent: AgentScript, heard: string[]): AgentScript {
  return {
    ...agent,
    decide: (seen) => {
      const last = seen.messages.at(-1);
      if (last) heard.push(`${agent.id} ${last.messageType}`);
      return agent.decide(seen);
    },
  };
}

function unary<Input extends DescMessage, Output extends DescMessage>(
  address: string,
  token: string,
  input: Input,
  output: Output,
  path: string,
  init: MessageInitShape<Input>,
): Promise<MessageShape<Output>> {
  const client = new Client(address, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return new Promise<MessageShape<Output>>((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      (message: MessageShape<Input>) => Buffer.from(toBinary(input, message)),
      (bytes: Buffer) => fromBinary(output, bytes),
      create(input, init),
      metadata,
      (error, answer) => (answer ? resolve(answer) : reject(error ?? new Error('no answer'))),
    );
  }).finally(() => client.close());
}
