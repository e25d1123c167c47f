import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { randomUUID } from 'node:crypto';
import type { WireEnvelope } from '../contracts/envelope.js';
import type { IsoTime, SessionId } from '../contracts/ids.js';
import type { SessionLifecycle, SessionSnapshot } from '../contracts/session.js';
import { AppError } from '../errors/app-error.js';
import * as core from '../gen/macp/v1/core_pb.js';
import {
  KEEPALIVE_TIMEOUT_MS,
  KEEPALIVE_TIME_MS,
  STREAMS_PER_CHANNEL_MAX,
  STREAM_CHANNELS_MAX,
  type RuntimeTls,
} from './channel-pool.client.js';
import type { RuntimeCredentials } from './credentials.js';
import { RuntimeCircuit, type CircuitSettings } from './circuit-breaker.client.js';
import { RuntimePolicies } from './policy-registry.client.js';
import { PROTOCOL_VERSION, RuntimeCatalogue } from './runtime-catalogue.client.js';
import { BYTES_UNREAD_MAX, FRAMES_UNREAD_MAX, STREAM_OPEN_DEADLINE_MS } from './rpc-reader.stream.js';
import { UNARY_DEADLINE_MS } from './rpc.client.js';
import { RuntimeCalls } from './runtime-calls.client.js';
import { RuntimeConnection, type StreamMethod } from './runtime-connection.client.js';
import { RuntimeTokens, type MintRules } from './runtime-tokens.client.js';
import type {
  ManifestDescription,
  ModeDescription,
  PolicyDescription,
  PolicyRegistration,
  RuntimeAck,
  RuntimeDescription,
  RuntimeFrame,
  RuntimeProvider,
  SessionCommand,
  SubscribeRequest,
} from './runtime-provider.interface.js';
import {
  incomplete,
  toAck,
  toFrame,
  toLifecycle,
  toProtoEnvelope,
  toSnapshot,
  toWireEnvelope,
} from './wire-mapping.js';

/** Sessions asked for per page. */
const LIST_PAGE_SIZE = 100;
/** Pages read at most; a runtime with more is answered with RUNTIME_ERROR, since a partial list would mislead. */
const LIST_PAGES_MAX = 10_000;
/** When calls are kept from a runtime, unless told otherwise. */
const CIRCUIT: CircuitSettings = { failuresMax: 5, openMs: 2_000 };
const RPC = core.MACPRuntimeService.method;
const OURSELVES = { as: undefined, subject: 'resource' } as const;

export interface RustRuntimeOptions {
  /** Registry key, e.g. `rust`. */
  readonly kind: string;
  /** `source.name` of events, e.g. `rust-runtime`. */
  readonly name: string;
  /** host:port */
  readonly address: string;
  /** undefined = plaintext. */
  readonly tls?: RuntimeTls | undefined;
  readonly credentials: RuntimeCredentials;
  /** Tokens from an auth service, for identities whose tokens are not configured. */
  readonly minting?: MintRules | undefined;
  /**
   * passive (default): the subscribe frame, with replay. session-watch: a `SessionWatch` envelope as first frame, for
   * runtimes that predate the subscribe frame; live traffic only, no replay.
   */
  readonly subscription?: 'passive' | 'session-watch' | undefined;
  readonly circuit?: CircuitSettings | undefined;
  readonly unaryDeadlineMs?: number | undefined;
  readonly streamOpenDeadlineMs?: number | undefined;
  readonly framesUnreadMax?: number | undefined;
  readonly bytesUnreadMax?: number | undefined;
  readonly streamsPerChannelMax?: number | undefined;
  readonly streamChannelsMax?: number | undefined;
  readonly keepaliveTimeMs?: number | undefined;
  readonly keepaliveTimeoutMs?: number | undefined;
}

/** A runtime over gRPC. Written against the Rust reference runtime; whatever speaks the same protocol fits. */
export class RustRuntimeProvider implements RuntimeProvider {
  readonly kind: string;
  readonly name: string;
  readonly circuit: RuntimeCircuit;
  private readonly connection: RuntimeConnection;
  private readonly tokens: RuntimeTokens;
  private readonly subscription: 'passive' | 'session-watch';
  private readonly calls: RuntimeCalls;
  private readonly catalogue: RuntimeCatalogue;
  private readonly policies: RuntimePolicies;

  constructor(options: RustRuntimeOptions) {
    this.kind = options.kind;
    this.name = options.name;
    this.tokens = new RuntimeTokens(options.credentials, options.minting);
    this.subscription = options.subscription ?? 'passive';
    this.circuit = new RuntimeCircuit(options.circuit ?? CIRCUIT);
    this.connection = new RuntimeConnection({
      circuit: this.circuit,
      address: options.address,
      tls: options.tls,
      streamsPerChannelMax: options.streamsPerChannelMax ?? STREAMS_PER_CHANNEL_MAX,
      streamChannelsMax: options.streamChannelsMax ?? STREAM_CHANNELS_MAX,
      unaryDeadlineMs: options.unaryDeadlineMs ?? UNARY_DEADLINE_MS,
      streamOpenDeadlineMs: options.streamOpenDeadlineMs ?? STREAM_OPEN_DEADLINE_MS,
      framesUnreadMax: options.framesUnreadMax ?? FRAMES_UNREAD_MAX,
      bytesUnreadMax: options.bytesUnreadMax ?? BYTES_UNREAD_MAX,
      keepaliveTimeMs: options.keepaliveTimeMs ?? KEEPALIVE_TIME_MS,
      keepaliveTimeoutMs: options.keepaliveTimeoutMs ?? KEEPALIVE_TIMEOUT_MS,
    });
    this.calls = new RuntimeCalls(this.connection, this.tokens);
    this.catalogue = new RuntimeCatalogue(this.connection, this.calls);
    this.policies = new RuntimePolicies(this.calls, (id, signal) => this.catalogue.findPolicy(id, signal));
  }

  /** Open connections for streams. */
  get streamChannels(): number {
    return this.connection.streamChannels;
  }

  initialize(signal?: AbortSignal): Promise<RuntimeDescription> {
    return this.catalogue.initialize(signal);
  }

  startSession(envelope: WireEnvelope, signal?: AbortSignal): Promise<RuntimeAck> {
    return this.deliver(envelope, { call: 'SessionStart', startsSession: true, signal });
  }

  send(envelope: WireEnvelope, signal?: AbortSignal): Promise<RuntimeAck> {
    return this.deliver(envelope, { signal });
  }

  async *subscribe(
    request: SubscribeRequest,
    signal: AbortSignal,
  ): AsyncGenerator<readonly RuntimeFrame[], void, undefined> {
    const watch = this.subscription === 'session-watch' ? watchEnvelope(request) : undefined;
    const message =
      watch === undefined
        ? create(core.StreamSessionRequestSchema, {
            subscribeSessionId: request.sessionId,
            afterSequence: BigInt(request.afterOrdinal),
          })
        : create(core.StreamSessionRequestSchema, { envelope: toProtoEnvelope(watch) });
    const subject = watch === undefined ? 'subscription' : 'session';
    let ready = false;
    let awaitsRefusal = watch !== undefined;
    for await (const batch of this.calls.stream(RPC.streamSession, message, { as: request.as, subject, signal })) {
      const frames: RuntimeFrame[] = [];
      for (const item of batch) {
        if (!ready) {
          ready = true;
          frames.push({ kind: 'ready', receivedAt: item.receivedAt });
        }
        const frame = item.kind === 'message' ? toFrame(item.message, item.receivedAt) : undefined;
        if (frame === undefined) continue;
        if (awaitsRefusal && frame.kind === 'inline-error' && answers(frame.messageId, watch)) {
          // No runtime knows the type: it binds the stream and then refuses the message. The refusal concerns nobody.
          awaitsRefusal = false;
          continue;
        }
        frames.push(frame);
      }
      if (frames.length > 0) yield frames;
    }
  }

  async getSession(sessionId: SessionId, as: string | undefined, signal?: AbortSignal): Promise<SessionSnapshot> {
    const request = create(core.GetSessionRequestSchema, { sessionId });
    const answer = await this.calls.about(RPC.getSession, request, as, signal);
    if (answer.metadata === undefined) throw incomplete('GetSession', 'metadata');
    return toSnapshot(answer.metadata);
  }

  async *listSessions(signal?: AbortSignal): AsyncGenerator<SessionSnapshot, void, undefined> {
    let pageToken = '';
    for (let page = 0; page < LIST_PAGES_MAX; page += 1) {
      const request = create(core.ListSessionsRequestSchema, { pageSize: LIST_PAGE_SIZE, pageToken });
      const answer = await this.calls.own(RPC.listSessions, request, signal);
      yield* answer.sessions.map(toSnapshot);
      // A runtime without paging sends everything and no token.
      if (answer.nextPageToken === '') return;
      if (answer.nextPageToken === pageToken) break;
      pageToken = answer.nextPageToken;
    }
    throw new AppError('RUNTIME_ERROR', `ListSessions does not come to an end`, {
      retryable: false,
      pagesMax: LIST_PAGES_MAX,
    });
  }

  async *watchSessions(
    signal: AbortSignal,
    onStanding?: () => void,
  ): AsyncGenerator<SessionLifecycle, void, undefined> {
    const request = create(core.WatchSessionsRequestSchema);
    for await (const { message, receivedAt } of this.watch(RPC.watchSessions, request, signal, onStanding)) {
      const lifecycle = message.event && toLifecycle(message.event, receivedAt);
      if (lifecycle !== undefined) yield lifecycle;
    }
  }

  async *watchSignals(
    signal: AbortSignal,
    onStanding?: () => void,
  ): AsyncGenerator<{ readonly envelope: WireEnvelope; readonly receivedAt: IsoTime }, void, undefined> {
    const request = create(core.WatchSignalsRequestSchema);
    for await (const { message, receivedAt } of this.watch(RPC.watchSignals, request, signal, onStanding)) {
      if (message.envelope !== undefined) yield { envelope: toWireEnvelope(message.envelope), receivedAt };
    }
  }

  /** What a stream of our own tells, one by one. */
  private async *watch<I extends DescMessage, O extends DescMessage>(
    method: StreamMethod<I, O>,
    request: MessageShape<I>,
    signal: AbortSignal,
    onStanding: (() => void) | undefined,
  ): AsyncGenerator<{ readonly message: MessageShape<O>; readonly receivedAt: IsoTime }, void, undefined> {
    let tellStanding = onStanding;
    for await (const batch of this.calls.stream(method, request, { ...OURSELVES, signal })) {
      tellStanding?.();
      tellStanding = undefined;
      for (const item of batch) {
        if (signal.aborted) return;
        if (item.kind === 'message') yield item;
      }
    }
  }

  async cancelSession(command: SessionCommand, signal?: AbortSignal): Promise<RuntimeAck> {
    const request = create(core.CancelSessionRequestSchema, commandFields(command));
    return toAck((await this.calls.about(RPC.cancelSession, request, command.as, signal)).ack, 'CancelSession');
  }

  async suspendSession(command: SessionCommand, signal?: AbortSignal): Promise<RuntimeAck> {
    const request = create(core.SuspendSessionRequestSchema, commandFields(command));
    return toAck((await this.calls.about(RPC.suspendSession, request, command.as, signal)).ack, 'SuspendSession');
  }

  async resumeSession(command: SessionCommand, signal?: AbortSignal): Promise<RuntimeAck> {
    const request = create(core.ResumeSessionRequestSchema, commandFields(command));
    return toAck((await this.calls.about(RPC.resumeSession, request, command.as, signal)).ack, 'ResumeSession');
  }

  getManifest(signal?: AbortSignal): Promise<ManifestDescription> {
    return this.catalogue.getManifest(signal);
  }

  listModes(signal?: AbortSignal): Promise<readonly ModeDescription[]> {
    return this.catalogue.listModes(signal);
  }

  listRoots(signal?: AbortSignal): Promise<readonly { readonly uri: string; readonly name: string }[]> {
    return this.catalogue.listRoots(signal);
  }

  findPolicy(policyId: string, signal?: AbortSignal): Promise<PolicyDescription | undefined> {
    return this.catalogue.findPolicy(policyId, signal);
  }

  listPolicies(mode: string, signal?: AbortSignal): Promise<readonly PolicyDescription[]> {
    return this.catalogue.listPolicies(mode, signal);
  }

  registerPolicy(policy: PolicyRegistration, signal?: AbortSignal): Promise<void> {
    return this.policies.register(policy, signal);
  }

  unregisterPolicy(policyId: string, signal?: AbortSignal): Promise<void> {
    return this.policies.unregister(policyId, signal);
  }

  /** An open circuit leaves that state by a call only. Where nobody makes one, a runtime that is well is asked for it here. */
  async health(signal?: AbortSignal): Promise<{ readonly ok: boolean; readonly detail?: string }> {
    const health = await this.catalogue.health(signal);
    if (health.ok && this.circuit.state === 'OPEN') await this.catalogue.probe(signal);
    return health;
  }

  hasCredentialsFor(participantId: string | undefined): boolean {
    return this.tokens.canSpeakAs(participantId);
  }

  readerOf(member: string): string | undefined {
    return this.tokens.hasOwn || !this.hasCredentialsFor(member) ? undefined : member;
  }

  async close(): Promise<void> {
    this.connection.close();
    await this.tokens.close();
  }

  private async deliver(
    envelope: WireEnvelope,
    sending: { readonly call?: string; readonly startsSession?: boolean; readonly signal: AbortSignal | undefined },
  ): Promise<RuntimeAck> {
    const request = create(core.SendRequestSchema, { envelope: toProtoEnvelope(envelope) });
    const sender = envelope.sender === '' ? undefined : envelope.sender;
    const answer = await this.calls.from(RPC.send, request, sender, { ...sending, refusesToken });
    return toAck(answer.ack, 'Send');
  }
}

/** Send tells even a refused token in its acknowledgement. */
function refusesToken({ ack }: core.SendResponse): boolean {
  return ack?.ok === false && ack.error?.code === 'UNAUTHENTICATED';
}

function commandFields({ sessionId, reason }: SessionCommand): { sessionId: string; reason: string } {
  return { sessionId, reason };
}

function watchEnvelope(request: SubscribeRequest): WireEnvelope {
  return {
    macpVersion: PROTOCOL_VERSION,
    mode: request.modeName,
    messageType: 'SessionWatch',
    messageId: randomUUID(),
    sessionId: request.sessionId,
    // Empty: the runtime fills in the authenticated sender.
    sender: '',
    timestampUnixMs: Date.now(),
    payload: new TextEncoder().encode(JSON.stringify({ sessionId: request.sessionId })),
  };
}

/** Older runtimes do not name the refused message; the first refusal is then the one for ours, the only one sent. */
function answers(messageId: string | undefined, watch: WireEnvelope | undefined): boolean {
  return messageId === undefined || messageId === watch?.messageId;
}
