import { create } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { randomUUID } from 'node:crypto';
import type { WireEnvelope } from '../../src/contracts/envelope.js';
import type { Ordinal, SessionId } from '../../src/contracts/ids.js';
import type { JsonObject } from '../../src/contracts/json.js';
import { MACPRuntimeService, RegisterExtModeRequestSchema } from '../../src/gen/macp/v1/core_pb.js';
import { RuntimeCircuit } from '../../src/runtime/circuit-breaker.client.js';
import { RuntimeCredentials, type RuntimeCredentialsConfig } from '../../src/runtime/credentials.js';
import { payloadCodec } from '../../src/runtime/proto-registry.js';
import { RuntimeConnection } from '../../src/runtime/runtime-connection.client.js';
import type { RuntimeFrame, RuntimeProvider, SubscribeRequest } from '../../src/runtime/runtime-provider.interface.js';
import { RustRuntimeProvider, type RustRuntimeOptions } from '../../src/runtime/rust-runtime.provider.js';
import type { RunningRuntime, RuntimeToken } from '../support/rust-runtime.js';

/** Starts a runtime: in dev mode without tokens, with sessions that survive `restart` when durable. */
export type StartRuntime = (launch: {
  readonly tokens?: readonly RuntimeToken[];
  readonly durable?: boolean;
}) => Promise<RunningRuntime>;

export const DECISION = 'macp.mode.decision.v1';
export const MULTI_ROUND = 'ext.multi_round.v1';
export const LEAD = 'agent://lead';
export const ALICE = 'agent://alice';

export function credentials(config: Partial<RuntimeCredentialsConfig> = {}): RuntimeCredentials {
  return new RuntimeCredentials({
    devIdentity: true,
    tokens: new Map(),
    serviceIdentity: 'control-plane',
    ...config,
  });
}

export function provider(address: string, options: Partial<RustRuntimeOptions> = {}): RustRuntimeProvider {
  return new RustRuntimeProvider({
    kind: 'rust',
    name: 'rust-runtime',
    address,
    credentials: credentials(),
    ...options,
  });
}

/** One session of decision mode with the lead and alice, and the messages that belong to it. */
export class Scene {
  readonly sessionId = randomUUID() as SessionId;

  envelope(sender: string, messageType: string, payload: JsonObject, messageId: string = randomUUID()): WireEnvelope {
    return {
      macpVersion: '1.0',
      mode: DECISION,
      messageType,
      messageId,
      sessionId: this.sessionId,
      sender,
      timestampUnixMs: Date.now(),
      payload: payloadCodec.encode(DECISION, messageType, payload).bytes,
    };
  }

  start(fields: JsonObject = {}): WireEnvelope {
    return this.envelope(LEAD, 'SessionStart', {
      intent: 'choose',
      participants: [LEAD, ALICE],
      modeVersion: '1.0.0',
      configurationVersion: 'config.default',
      ttlMs: 60_000,
      ...fields,
    });
  }

  proposal(id: string, sender = LEAD): WireEnvelope {
    return this.envelope(sender, 'Proposal', { proposalId: id, option: `option ${id}` });
  }

  evaluation(id: string, reason = ''): WireEnvelope {
    return this.envelope(ALICE, 'Evaluation', { proposalId: id, recommendation: 'APPROVE', confidence: 0.5, reason });
  }

  commitment(fields: JsonObject = {}): WireEnvelope {
    return this.envelope(LEAD, 'Commitment', {
      commitmentId: 'c1',
      action: 'decision.selected',
      authorityScope: 'test',
      reason: 'agreed',
      modeVersion: '1.0.0',
      configurationVersion: 'config.default',
      outcomePositive: true,
      ...fields,
    });
  }

  request(after = 0, as: string | undefined = LEAD) {
    return { sessionId: this.sessionId, modeName: DECISION, afterOrdinal: after as Ordinal, as };
  }
}

/** A session of multi-round mode, whose state stays small however many messages it takes. */
export class Chatter extends Scene {
  override start(): WireEnvelope {
    return { ...super.start(), mode: MULTI_ROUND };
  }

  /** `padding` bytes ride along as an unknown field, which is delivered but not looked at. */
  contribution(value: string, padding: number): WireEnvelope {
    const plain = payloadCodec.encode(MULTI_ROUND, 'Contribute', { value }).bytes;
    const field = new BinaryWriter().tag(15, WireType.LengthDelimited).bytes(new Uint8Array(padding)).finish();
    const payload = new Uint8Array([...plain, ...field]);
    return { ...this.envelope(LEAD, 'Contribute', { value }), mode: MULTI_ROUND, payload };
  }
}

/** A stream being read in the background; frames can be waited for, with a limit. */
export class Reading<T> {
  readonly items: T[] = [];
  readonly done: Promise<unknown>;
  private readonly stop = new AbortController();
  private bell: (() => void)[] = [];
  private ended = false;

  constructor(open: (signal: AbortSignal) => AsyncIterable<T>) {
    this.done = this.read(open(this.stop.signal));
  }

  /** Resolves with the items so far as soon as they fulfil the condition. */
  async until(condition: (items: readonly T[]) => boolean, withinMs = 10_000): Promise<readonly T[]> {
    const deadline = Date.now() + withinMs;
    while (!condition(this.items)) {
      if (this.ended) throw new Error(`the stream ended after ${this.items.length} items: ${String(await this.done)}`);
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`not within ${withinMs} ms; ${this.items.length} items so far`);
      await this.nextItem(left);
    }
    return this.items;
  }

  /** Aborts and resolves with what ended the stream: undefined or the error. */
  async abort(): Promise<unknown> {
    this.stop.abort();
    return this.done;
  }

  private async read(source: AsyncIterable<T>): Promise<unknown> {
    try {
      for await (const item of source) {
        this.items.push(item);
        this.ring();
      }
      return undefined;
    } catch (error) {
      return error;
    } finally {
      this.ended = true;
      this.ring();
    }
  }

  private nextItem(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.bell.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private ring(): void {
    const waiting = this.bell;
    this.bell = [];
    for (const wake of waiting) wake();
  }
}

/** The frames of a subscription, one by one. */
export async function* framesOf(
  provider: Pick<RuntimeProvider, 'subscribe'>,
  request: SubscribeRequest,
  signal: AbortSignal,
): AsyncGenerator<RuntimeFrame> {
  for await (const frames of provider.subscribe(request, signal)) yield* frames;
}

export function messageTypes(frames: readonly RuntimeFrame[]): readonly string[] {
  return frames.flatMap((frame) => (frame.kind === 'envelope' ? [frame.envelope.messageType] : []));
}

export function messageIds(frames: readonly RuntimeFrame[]): readonly string[] {
  return frames.flatMap((frame) => (frame.kind === 'envelope' ? [frame.envelope.messageId] : []));
}

export function isReady(frames: readonly RuntimeFrame[]): boolean {
  return frames.some((frame) => frame.kind === 'ready');
}

/** Registers a policy in the name of somebody who may. */
export async function registerPolicy(
  address: string,
  token: string,
  policyId: string,
  rules: JsonObject,
): Promise<void> {
  const manager = provider(address, { credentials: credentials({ serviceToken: token }) });
  const policy = { policyId, mode: DECISION, description: 'for a test', rules, schemaVersion: 1 };
  await manager.registerPolicy(policy).finally(() => manager.close());
}

/** Registers a dynamic mode of this name, in which everything goes. */
export async function registerMode(address: string, token: string, mode: string): Promise<void> {
  const connection = administration(address);
  const message = create(RegisterExtModeRequestSchema, {
    modeDescriptor: {
      mode,
      modeVersion: '1.0.0',
      messageTypes: ['Note', 'Commitment'],
      terminalMessageTypes: ['Commitment'],
    },
  });
  const request = { message, token, subject: 'resource' } as const;
  const answer = await connection.unary(MACPRuntimeService.method.registerExtMode, request, undefined);
  connection.close();
  if (!answer.ok) throw new Error(answer.error);
}

function administration(address: string): RuntimeConnection {
  return new RuntimeConnection({
    circuit: new RuntimeCircuit({ failuresMax: 5, openMs: 1_000 }),
    address,
    streamsPerChannelMax: 1,
    streamChannelsMax: 1,
    unaryDeadlineMs: 5_000,
    streamOpenDeadlineMs: 5_000,
    framesUnreadMax: 1,
    bytesUnreadMax: 1_024,
    keepaliveTimeMs: 30_000,
    keepaliveTimeoutMs: 10_000,
  });
}

/** Opened once; whoever awaits `passed` waits until then. */
export class Gate {
  private release: () => void = () => undefined;
  readonly passed = new Promise<void>((resolve) => (this.release = resolve));

  open(): void {
    this.release();
  }
}

const ATTEMPTS_MAX = 100;
const ATTEMPT_INTERVAL_MS = 50;

/** Repeats an action until its effect shows; for streams that do not say when they begin to listen. */
export async function untilDelivered(act: (attempt: number) => Promise<void>, shown: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    await act(attempt);
    for (let look = 0; look < 5; look += 1) {
      if (shown()) return;
      await new Promise((resolve) => setTimeout(resolve, ATTEMPT_INTERVAL_MS / 5));
    }
  }
  throw new Error(`no effect after ${ATTEMPTS_MAX} attempts`);
}

/** Repeats a call while the channel finds its way back. */
export async function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, ATTEMPT_INTERVAL_MS));
    }
  }
}
