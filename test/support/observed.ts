import { randomUUID } from 'node:crypto';
import { exampleRequest } from '../../src/agents/examples.js';
import type { ExampleMode } from '../../src/agents/modes.js';
import type { RunId, SessionId } from '../../src/contracts/ids.js';
import type { JsonObject } from '../../src/contracts/json.js';
import { isoTime } from '../../src/contracts/time.js';
import { planOutbound, toEnvelope } from '../../src/runs/outbound-plan.js';
import { payloadCodec } from '../../src/runtime/proto-registry.js';
import type { RuntimeAck } from '../../src/runtime/runtime-provider.interface.js';
import type { RustRuntimeProvider } from '../../src/runtime/rust-runtime.provider.js';
import { DECISION, credentials, provider, type StartRuntime } from '../contracts/runtime-scene.js';
import type { Launched } from './api.js';
import { CAST, CAST_TOKENS, Stage, requestOf, staticTokenFor } from './stage.js';
import { StoredRun, expectServed } from './stored-run.js';
import { COMMITMENT } from './voters.js';

const LEAD = 'agent://lead';

/** A control plane that holds an observer's token and nothing else. */
export const OBSERVER_ENV: Readonly<Record<string, string>> = {
  RUNTIME_SERVICE_TOKEN: 'token-observer',
  RUNTIME_DEV_IDENTITY: 'false',
};

/** A control plane that observes, with agents at hand; both are closed by `close`. */
export async function observingStage(
  start: StartRuntime,
  { durable = false, env = {} }: { readonly durable?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
) {
  const runtime = await start({ tokens: CAST_TOKENS, durable });
  const stage = await Stage.open(runtime, { ...OBSERVER_ENV, ...env }, staticTokenFor);
  const troupe = new Troupe(stage);
  const close = async () => {
    await troupe.close();
    await stage.close();
  };
  return { stage, troupe, close };
}

type Session = Parameters<typeof requestOf>[1];

/** The public run descriptor: what a caller knows who lets the agents open the session. */
export function descriptor(mode: ExampleMode, session: JsonObject = {}, execution: JsonObject = {}): JsonObject {
  const { modeName, modeVersion, configurationVersion, policyVersion, ttlMs, participants } =
    exampleRequest(mode).session;
  return {
    mode: 'live',
    runtime: { kind: 'rust' },
    session: {
      orchestration: 'observe',
      modeName,
      modeVersion,
      configurationVersion,
      policyVersion,
      ttlMs,
      participants: participants.map(({ id }) => ({ id })),
      ...session,
    },
    execution,
  };
}

/** Agents at a runtime of CAST_TOKENS, past the control plane. */
export class Troupe {
  private readonly lead: RustRuntimeProvider;

  constructor(stage: Stage) {
    const tokens = new Map(CAST.map((id) => [id, stage.tokenFor(id)]));
    this.lead = provider(stage.runtime.address, { credentials: credentials({ devIdentity: false, tokens }) });
  }

  /** The initiator opens a session of the mode's example and sends its kickoff. */
  async open(mode: ExampleMode, sessionId: string = randomUUID(), session: Session = {}): Promise<Launched> {
    const now = Date.now();
    const messages = planOutbound({
      runId: `agents-${sessionId}` as RunId,
      sessionId: sessionId as SessionId,
      request: requestOf(mode, session),
      createdAt: isoTime(now),
      nowMs: now,
      codec: payloadCodec,
    });
    for (const message of messages) {
      const ack = await this.lead.send(toEnvelope(message));
      if (!ack.ok) throw new Error(`the runtime refused ${message.messageType}: ${ack.errorCode ?? ''}`);
    }
    // A discovered run is asked for by its session's id.
    return { runId: sessionId, sessionId, status: '', traceId: '' };
  }

  /** A session of any mode, with nobody in it but its initiator. */
  openAs(sender: string, mode: string): Promise<RuntimeAck> {
    const start = { participants: [sender], modeVersion: '1.0.0', configurationVersion: 'c', ttlMs: 60_000 };
    const payload = payloadCodec.encode(mode, 'SessionStart', start).bytes;
    const header = { ...ambient('SessionStart', sender), mode, sessionId: randomUUID() };
    return this.lead.startSession({ ...header, payload });
  }

  /** Two votes for the example's proposal, and the lead's commitment. */
  async decide(sessionId: string): Promise<void> {
    for (const sender of ['agent://alice', 'agent://bob']) {
      await this.say(sessionId, sender, 'Vote', { proposalId: 'deploy-v2.1', vote: 'APPROVE', reason: 'as asked' });
    }
    const ack = await this.say(sessionId, LEAD, 'Commitment', { ...COMMITMENT });
    if (!ack.ok) throw new Error(`the runtime refused the commitment: ${ack.errorCode ?? ''}`);
  }

  /** A message of decision mode, under its sender's own token. */
  say(sessionId: string, sender: string, messageType: string, payload: JsonObject): Promise<RuntimeAck> {
    return this.lead.send({
      macpVersion: '1.0',
      mode: DECISION,
      messageType,
      messageId: randomUUID(),
      sessionId,
      sender,
      timestampUnixMs: Date.now(),
      payload: payloadCodec.encode(DECISION, messageType, payload).bytes,
    });
  }

  /** A Signal about a session, or about none. */
  signal(sender: string, signalType: string, correlationSessionId: string, data: JsonObject = {}): Promise<RuntimeAck> {
    const bytes = Buffer.from(JSON.stringify(data)).toString('base64');
    const payload = payloadCodec.encode('', 'Signal', { signalType, correlationSessionId, data: bytes }).bytes;
    return this.lead.send({ ...ambient('Signal', sender), payload });
  }

  /** Progress in a session of decision mode. */
  progress(sender: string, sessionId: string, progress: number, message: string): Promise<RuntimeAck> {
    const payload = payloadCodec.encode('', 'Progress', { progress, message }).bytes;
    return this.lead.send({ ...ambient('Progress', sender), sessionId, mode: DECISION, payload });
  }

  cancel(sessionId: string): Promise<RuntimeAck> {
    return this.lead.cancelSession(command(sessionId));
  }

  suspend(sessionId: string): Promise<RuntimeAck> {
    return this.lead.suspendSession(command(sessionId));
  }

  resume(sessionId: string): Promise<RuntimeAck> {
    return this.lead.resumeSession(command(sessionId));
  }

  async stateOf(sessionId: string): Promise<string> {
    return (await this.lead.getSession(sessionId as SessionId, LEAD)).state;
  }

  close(): Promise<void> {
    return this.lead.close();
  }
}

function ambient(messageType: string, sender: string) {
  return {
    macpVersion: '1.0',
    mode: '',
    messageType,
    messageId: randomUUID(),
    sessionId: '',
    sender,
    timestampUnixMs: Date.now(),
  };
}

function command(sessionId: string) {
  return { sessionId: sessionId as SessionId, reason: 'by the agent', as: LEAD };
}

/** What is stored of a run, by run or session id, after a look whether it is sound and served as it is stored. */
export async function soundRun(stage: Stage, ref: string): Promise<StoredRun> {
  const { id } = await stage.api.run(ref);
  const stored = await StoredRun.read(stage.controlPlane.database, id);
  stored.expectSound();
  await expectServed(stage.api, stored);
  return stored;
}

/** The session's states in the order in which the log tells them. */
export function statesOf(stored: StoredRun): readonly string[] {
  return stored.events.flatMap((event) =>
    event.type === 'session.state.changed' ? [event.data.state.replace('SESSION_STATE_', '')] : [],
  );
}

/** Number of runs of this session; more than one would be two histories of one thing. */
export async function runsOf(stage: Stage, sessionId: string): Promise<number> {
  const { data } = await stage.api.ok<{ data: readonly unknown[] }>('GET', `/runs?search=${sessionId}&limit=10`);
  return data.length;
}
