import { create, toBinary } from '@bufbuild/protobuf';
import { randomUUID } from 'node:crypto';
import { AgentClient } from '../../src/agents/agent.client.js';
import { exampleRequest } from '../../src/agents/examples.js';
import type { ExampleMode } from '../../src/agents/modes.js';
import { EXAMPLE_MODES } from '../../src/agents/modes.js';
import { playAgents, type PlayOptions } from '../../src/agents/play.client.js';
import { scriptFor } from '../../src/agents/scripts.js';
import type { ExecutionRequest, SessionSpec } from '../../src/contracts/execution-request.js';
import type { JsonObject } from '../../src/contracts/json.js';
import { SignalPayloadSchema } from '../../src/gen/macp/v1/core_pb.js';
import { EnvelopeSchema } from '../../src/gen/macp/v1/envelope_pb.js';
import type { Launched } from './api.js';
import type { RunningRuntime, RuntimeToken } from './rust-runtime.js';
import { startTestControlPlane, type TestControlPlane } from './control-plane.js';
import { createStore, type Store } from './store.js';
import { until } from './until.js';

/** Longest any play may take; what a test waits for is bounded more tightly. */
const PLAY_MS_MAX = 60_000;

/** Everybody who appears in an example. */
export const CAST: readonly string[] = [
  ...new Set(EXAMPLE_MODES.flatMap((mode) => scriptFor(mode).map(({ id }) => id))),
];

/** Tokens without a dot, which a static token must not contain. */
export function staticTokenFor(participantId: string): string {
  return `token-${participantId.replace(/[^a-z]+/gi, '-')}`;
}

/** Static identities for the cast, an observer for the control plane, and somebody who may register policies. */
export const CAST_TOKENS: readonly RuntimeToken[] = [
  ...CAST.map((sender) => ({ token: staticTokenFor(sender), sender })),
  { token: 'token-observer', sender: 'control-plane', is_observer: true, can_start_sessions: false },
  { token: 'token-admin', sender: 'admin', can_manage_mode_registry: true },
];

/** How the control plane speaks to a runtime that knows CAST_TOKENS. */
export const CAST_ENV: Readonly<Record<string, string>> = {
  RUNTIME_TOKENS: JSON.stringify(Object.fromEntries(CAST.map((sender) => [sender, staticTokenFor(sender)]))),
  RUNTIME_SERVICE_TOKEN: 'token-observer',
  RUNTIME_DEV_IDENTITY: 'false',
};

/** How it speaks to a runtime in development mode. */
export const DEV_ENV: Readonly<Record<string, string>> = { RUNTIME_DEV_IDENTITY: 'true' };

/** An example request with changes to its session and whatever else a test needs. */
export function requestOf(
  mode: ExampleMode,
  session: Partial<SessionSpec> = {},
  rest: Partial<ExecutionRequest> = {},
): ExecutionRequest {
  const example = exampleRequest(mode);
  return { ...example, ...rest, session: { ...example.session, ...session } };
}

/** A runtime and a control plane on a store of its own, with agents at hand. */
export class Stage {
  private readonly curtain = new AbortController();
  private readonly plays: Promise<void>[] = [];

  private constructor(
    readonly runtime: RunningRuntime,
    readonly store: Store,
    private readonly env: Readonly<Record<string, string>>,
    readonly tokenFor: (participantId: string) => string,
    /** The running control plane; another one after `reopen`. */
    public controlPlane: TestControlPlane,
  ) {}

  static async open(
    runtime: RunningRuntime,
    env: Readonly<Record<string, string>> = DEV_ENV,
    tokenFor: (participantId: string) => string = (participantId) => participantId,
  ): Promise<Stage> {
    const store = await createStore();
    const whole = { ...store.env, RUNTIME_ADDRESS: runtime.address, ...env };
    try {
      return new Stage(runtime, store, whole, tokenFor, await startTestControlPlane(whole));
    } catch (error) {
      await runtime.stop();
      await store.remove();
      throw error;
    }
  }

  get api() {
    return this.controlPlane.api;
  }

  /** Lets the mode's agents (or others) take part; their errors are thrown by `close`. */
  play(
    launched: Launched,
    mode: ExampleMode,
    options: Partial<Pick<PlayOptions, 'paceMs' | 'agents'>> = {},
  ): Promise<void> {
    const play = playAgents({
      runtimeAddress: this.runtime.address,
      sessionId: launched.sessionId,
      mode,
      tokenFor: this.tokenFor,
      signal: AbortSignal.any([this.curtain.signal, AbortSignal.timeout(PLAY_MS_MAX)]),
      ...options,
    });
    play.catch(() => undefined);
    this.plays.push(play);
    return play;
  }

  /** Every agent introduces itself by a signal; the last of them may be stored after the end of the run. */
  async untilIntroduced({ runId }: Launched, mode: ExampleMode): Promise<void> {
    await until(`run ${runId}: everybody's signal is stored`, async () => {
      const { signals } = await this.api.state(runId);
      return signals.signals.length >= scriptFor(mode).length ? signals : undefined;
    });
  }

  /** An agent's own signal about a session, past the control plane. */
  async sendSignal(sender: string, sessionId: string, signalType: string, told: JsonObject = {}): Promise<void> {
    const client = new AgentClient({ runtimeAddress: this.runtime.address, token: this.tokenFor(sender) });
    const data = Buffer.from(JSON.stringify(told));
    const payload = toBinary(
      SignalPayloadSchema,
      create(SignalPayloadSchema, { signalType, data, correlationSessionId: sessionId }),
    );
    const envelope = { macpVersion: '1.0', messageType: 'Signal', messageId: randomUUID(), sender, payload };
    try {
      const ack = await client.send(create(EnvelopeSchema, envelope), AbortSignal.timeout(PLAY_MS_MAX));
      if (!ack.ok) throw new Error(`the runtime refused the signal: ${ack.error?.code ?? ''}`);
    } finally {
      client.close();
    }
  }

  /** Closes the control plane and starts another one on the same store, with `meanwhile` between the two. */
  async reopen(meanwhile: () => Promise<unknown>, env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.controlPlane.close();
    await meanwhile();
    this.controlPlane = await startTestControlPlane({ ...this.env, ...env });
  }

  async close(): Promise<void> {
    this.curtain.abort();
    try {
      await Promise.all(this.plays);
    } finally {
      await this.controlPlane.close();
      await this.runtime.stop();
      await this.store.remove();
    }
  }
}
