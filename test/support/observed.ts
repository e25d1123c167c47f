import { randomUUID } from 'node:crypto';
import { exampleRequest } from '../../src/agents/examples.js';
import type { ExampleMode } from '../../src/agents/modes.js';
import { openSession } from '../../src/agents/open.client.js';
import type { SessionId } from '../../src/contracts/ids.js';
import type { JsonObject } from '../../src/contracts/json.js';
import { payloadCodec } from '../../src/runtime/proto-registry.js';
import type { RuntimeAck } from '../../src/runtime/runtime-provider.interface.js';
import type { RustRuntimeProvider } from '../../src/runtime/rust-runtime.provider.js';
import { DECISION, credentials, provider } from '../contracts/runtime-scene.js';
import type { Launched } from './api.js';
import { CAST, Stage, requestOf } from './stage.js';
import { StoredRun, expectServed } from './stored-run.js';

const LEAD = 'agent://lead';
const OPEN_MS_MAX = 20_000;

/** A control plane that holds an observer's token and nothing else. */
export const OBSERVER_ENV: Readonly<Record<string, string>> = {
  RUNTIME_SERVICE_TOKEN: 'token-observer',
  RUNTIME_DEV_IDENTITY: 'false',
};

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

  constructor(private readonly stage: Stage) {
    const tokens = new Map(CAST.map((id) => [id, stage.tokenFor(id)]));
    this.lead = provider(stage.runtime.address, { credentials: credentials({ devIdentity: false, tokens }) });
  }

  /** The initiator opens a session of the mode's example and sends its kickoff. */
  async open(mode: ExampleMode, sessionId: string = randomUUID(), session: Session = {}): Promise<Launched> {
    const request = requestOf(mode, session);
    await openSession({
      runtimeAddress: this.stage.runtime.address,
      sessionId,
      mode,
      request,
      tokenFor: this.stage.tokenFor,
      signal: AbortSignal.timeout(OPEN_MS_MAX),
    });
    // A discovered run is asked for by its session's id.
    return { runId: sessionId, sessionId, status: '', traceId: '' };
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
