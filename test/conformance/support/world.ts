import { randomUUID } from 'node:crypto';
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  startEmbeddedRuntime,
  type EmbeddedRuntime,
  type EmbeddedRuntimeOptions,
} from '../../../src/embedded-runtime/embedded-runtime.server.js';
import { MACPRuntimeService, SessionStartPayloadSchema } from '../../../src/gen/macp/v1/core_pb.js';
import { EnvelopeSchema, SessionState, type Ack, type Envelope } from '../../../src/gen/macp/v1/envelope_pb.js';
import { TestClient } from './client.js';
import { encodeFixturePayload } from './fixture.js';
import { Heard, HeardSession } from './heard.js';

export const DECISION = 'macp.mode.decision.v1';
export const HANDOFF = 'macp.mode.handoff.v1';
const { method } = MACPRuntimeService;

export type EnvelopeInit = MessageInitShape<typeof EnvelopeSchema>;
export type StartInit = MessageInitShape<typeof SessionStartPayloadSchema>;

/** The three actions on a session have the same shape of request and answer. */
const CONTROLS = {
  cancelSession: (client: TestClient, token: string | undefined, request: ControlRequest) =>
    client.call(method.cancelSession, token, request),
  suspendSession: (client: TestClient, token: string | undefined, request: ControlRequest) =>
    client.call(method.suspendSession, token, request),
  resumeSession: (client: TestClient, token: string | undefined, request: ControlRequest) =>
    client.call(method.resumeSession, token, request),
};
export type ControlName = keyof typeof CONTROLS;
interface ControlRequest {
  readonly sessionId: string;
  readonly reason: string;
}

/** A runtime on a free port, a client, and a clock that only the test moves. */
export class World {
  clock = 1_800_000_000_000;
  server!: EmbeddedRuntime;
  client!: TestClient;

  static async open(options: EmbeddedRuntimeOptions = {}): Promise<World> {
    const world = new World();
    world.server = await startEmbeddedRuntime({ now: () => world.clock, ...options });
    world.client = new TestClient(world.server.address);
    return world;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.server.close();
  }

  envelope(init: EnvelopeInit): Envelope {
    return create(EnvelopeSchema, {
      macpVersion: '1.0',
      mode: DECISION,
      messageId: randomUUID(),
      timestampUnixMs: BigInt(this.clock),
      ...init,
    });
  }

  async send(token: string | undefined, init: EnvelopeInit): Promise<Ack> {
    const { ack } = await this.client.call(method.send, token, { envelope: this.envelope(init) });
    if (!ack) throw new Error('an answer to Send always has an ack');
    return ack;
  }

  /** Starts a session by `lead` with the participants a, b and c; returns its id. */
  async start(terms: StartInit = {}, init: EnvelopeInit = {}): Promise<string> {
    const sessionId = init.sessionId ?? randomUUID();
    const ack = await this.send('lead', {
      messageType: 'SessionStart',
      messageId: 'm0',
      sessionId,
      payload: startPayload(terms),
      ...init,
    });
    if (!ack.ok) throw new Error(`the session did not start: ${ack.error?.message ?? ''}`);
    return sessionId;
  }

  async control(action: ControlName, token: string | undefined, sessionId: string): Promise<Ack> {
    const { ack } = await CONTROLS[action](this.client, token, { sessionId, reason: 'because' });
    if (!ack) throw new Error(`an answer to ${action} always has an ack`);
    return ack;
  }

  propose(sessionId: string, messageId: string, init: EnvelopeInit = {}): Promise<Ack> {
    return this.send('a', proposal(sessionId, messageId, init));
  }

  session(token: string | undefined): HeardSession {
    return new HeardSession(this.client.stream(token));
  }

  watchSessions(token = 'a') {
    return new Heard(this.client.watch(method.watchSessions, token, {}));
  }

  async stateOf(sessionId: string, token = 'lead'): Promise<string> {
    const { metadata } = await this.client.call(method.getSession, token, { sessionId });
    return SessionState[metadata?.state ?? SessionState.UNSPECIFIED];
  }

  /** The history as a dump shows it: message ids in order. */
  async history(sessionId: string, after = 0): Promise<string[]> {
    const heard = this.session('lead');
    heard.subscribe(sessionId, after);
    heard.halfClose();
    await heard.end();
    return heard.ids;
  }
}

export function startPayload(terms: StartInit = {}): Uint8Array {
  return toBinary(
    SessionStartPayloadSchema,
    create(SessionStartPayloadSchema, {
      participants: ['a', 'b', 'c'],
      modeVersion: '1.0.0',
      configurationVersion: 'cfg-1',
      ttlMs: 60_000n,
      ...terms,
    }),
  );
}

/** A proposal whose proposal_id is the message id. */
export function proposal(sessionId: string, messageId: string, init: EnvelopeInit = {}): EnvelopeInit {
  const payload = encodeFixturePayload('macp.modes.decision.v1.ProposalPayload', {
    proposal_id: messageId,
    option: 'x',
  });
  return { messageType: 'Proposal', sessionId, messageId, payload, ...init };
}

export function commitment(action: string, over: Record<string, unknown> = {}): Uint8Array {
  return encodeFixturePayload('macp.v1.CommitmentPayload', {
    commitment_id: 'c1',
    action,
    authority_scope: 'test',
    reason: 'done',
    mode_version: '1.0.0',
    configuration_version: 'cfg-1',
    ...over,
  });
}

/** Code and text of the status a call fails with. */
export async function statusOf(call: Promise<unknown>): Promise<{ code: number; details: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'details' in error) {
      return { code: Number(error.code), details: String(error.details) };
    }
    throw error;
  }
  return { code: 0, details: '' };
}
