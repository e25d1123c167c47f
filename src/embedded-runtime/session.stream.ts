import { create } from '@bufbuild/protobuf';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import {
  StreamSessionResponseSchema,
  type StreamSessionRequest,
  type StreamSessionResponse,
} from '../gen/macp/v1/core_pb.js';
import { EnvelopeSchema, MACPErrorSchema, type Envelope } from '../gen/macp/v1/envelope_pb.js';
import { isAmbient } from './envelope.js';
import { ERRORS, GRPC, isInline, StatusError, toStatus, type ErrorName, type GrpcCode } from './errors.js';
import type { Identity } from './identity.js';
import type { RuntimeService } from './runtime.service.js';
import { mayRead, type AcceptedEnvelope, type Session } from './session.js';

/** A stretch of a history, from index `next` up to (not including) `end`; an open one follows the history as it grows. */
interface Stretch {
  readonly kind: 'stretch';
  readonly history: readonly AcceptedEnvelope[];
  next: number;
  end: number | undefined;
  /** A replay shows the acceptance time where the sender gave none, and is not counted as lag. */
  readonly isReplay: boolean;
  /** Who may not read the session hears only itself. */
  readonly onlyFrom: string | undefined;
}
/** What is still to be sent, in order. An open stretch is always the last. */
type Item =
  | Stretch
  | { readonly kind: 'frame'; readonly frame: StreamSessionResponse }
  | { readonly kind: 'end'; readonly code: GrpcCode; readonly details: string };

/** Replays and error frames that wait at the same time; beyond it the stream ends like that of any slow reader. */
const ITEMS_MAX = 256;

/**
 * One StreamSession call. Delivery is a walk along the session's own history, so live and replayed envelopes can
 * neither be lost nor come twice, and a slow reader costs no memory of its own.
 */
export class SessionStream {
  private items: Item[] = [];
  private boundTo: string | undefined;
  private unsubscribe: () => void = () => undefined;
  private isBlocked = false;
  private isEnding = false;

  constructor(
    private readonly call: ServerDuplexStream<StreamSessionRequest, StreamSessionResponse>,
    private readonly runtime: RuntimeService,
    private readonly identity: Identity,
  ) {
    call.on('data', (request: StreamSessionRequest) => this.receive(request));
    call.on('end', () => this.finish(GRPC.OK, ''));
    call.on('cancelled', () => this.release());
    call.on('close', () => this.release());
  }

  /** Delivers what is buffered, then ends with this status. */
  finish(code: GrpcCode, details: string): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.unsubscribe();
    this.closeStretch();
    this.items.push({ kind: 'end', code, details });
    this.pump();
  }

  private release(): void {
    this.isEnding = true;
    this.unsubscribe();
    this.items = [];
  }

  private receive({ envelope, subscribeSessionId, afterSequence }: StreamSessionRequest): void {
    if (this.isEnding) return;
    try {
      if (envelope && subscribeSessionId !== '')
        throw invalid('a frame carries an envelope or a subscription, not both');
      if (envelope) this.submit(envelope);
      else if (subscribeSessionId !== '') this.subscribe(subscribeSessionId, afterSequence);
      else throw invalid('a frame must carry an envelope or a subscription');
    } catch (error) {
      const { code, details } = toStatus(error);
      this.finish(code, details);
    }
  }

  private subscribe(sessionId: string, afterSequence: bigint): void {
    this.requireSame(sessionId);
    const session = this.runtime.read(sessionId);
    if (!this.isReader(session)) {
      this.sendError('FORBIDDEN: session access denied');
      return;
    }
    const { history } = session;
    const from = afterSequence > BigInt(history.length) ? history.length : Number(afterSequence);
    this.bind(sessionId);
    this.closeStretch();
    this.enqueue({ kind: 'stretch', history, next: from, end: history.length, isReplay: true, onlyFrom: undefined });
    this.follow(session, history.length);
  }

  private isReader(session: Session): boolean {
    return this.identity.isObserver || mayRead(session, this.identity.sender);
  }

  private submit(envelope: Envelope): void {
    const refusal = this.runtime.admit(envelope, this.identity);
    if (refusal) {
      this.refuse(refusal.error);
      return;
    }
    if (envelope.sessionId === '') throw invalid('a stream carries messages of a session only');
    this.requireSame(envelope.sessionId);
    // Progress is no part of the session, so neither its mode nor its state matters.
    if (!isAmbient(envelope)) this.requireOpen(envelope);
    this.bind(envelope.sessionId);
    const outcome = this.runtime.submit(envelope, this.identity);
    if (!outcome.ok) this.refuse(outcome.error);
  }

  private requireSame(sessionId: string): void {
    if (this.boundTo !== undefined && this.boundTo !== sessionId) throw invalid('a stream serves one session');
  }

  private requireOpen({ sessionId, mode }: Envelope): void {
    const session = this.runtime.find(sessionId);
    if (session && session.mode !== mode) throw invalid('the envelope names another mode than the session');
    if (session && session.status !== 'OPEN') throw invalid('SESSION_NOT_OPEN');
  }

  /** From now on live envelopes of this session are delivered, even if it has yet to be started. */
  private bind(sessionId: string): void {
    if (this.boundTo !== undefined) return;
    this.boundTo = sessionId;
    this.unsubscribe = this.runtime.accepted.subscribe(sessionId, (session) => this.onAccepted(session));
    const session = this.runtime.sessions.find(sessionId);
    if (session) this.follow(session, session.history.length);
  }

  private onAccepted(session: Session): void {
    const last = this.items.at(-1);
    // The id may have been started for the first time, or again after the earlier session was let go.
    if (last?.kind !== 'stretch' || last.history !== session.history) {
      this.closeStretch();
      this.follow(session, session.history.length - 1);
    }
    this.pump();
    if (this.countUndelivered() > this.runtime.limits.streamLagMax) this.fallBehind();
  }

  private follow(session: Session, next: number): void {
    const onlyFrom = this.isReader(session) ? undefined : this.identity.sender;
    this.enqueue({ kind: 'stretch', history: session.history, next, end: undefined, isReplay: false, onlyFrom });
  }

  private closeStretch(): void {
    const last = this.items.at(-1);
    if (last?.kind === 'stretch' && last.end === undefined) last.end = last.history.length;
  }

  private countUndelivered(): number {
    let count = 0;
    for (const item of this.items) {
      if (item.kind === 'stretch' && !item.isReplay) count += (item.end ?? item.history.length) - item.next;
    }
    return count;
  }

  private fallBehind(): void {
    this.items = [];
    this.finish(
      GRPC.RESOURCE_EXHAUSTED,
      'the stream has fallen behind; subscribe again after the last envelope received',
    );
  }

  private refuse(error: ErrorName): void {
    if (!isInline(error)) throw new StatusError(ERRORS[error].status, error);
    this.sendError(error);
  }

  private sendError(text: string): void {
    const value = create(MACPErrorSchema, { code: text, message: text, sessionId: this.boundTo ?? '' });
    const last = this.items.at(-1);
    this.closeStretch();
    this.enqueue({ kind: 'frame', frame: create(StreamSessionResponseSchema, { response: { case: 'error', value } }) });
    if (last?.kind === 'stretch') this.enqueue({ ...last, next: last.history.length, end: undefined, isReplay: false });
  }

  private enqueue(item: Item): void {
    this.items.push(item);
    this.pump();
    if (this.items.length > ITEMS_MAX) this.fallBehind();
  }

  private pump(): void {
    while (!this.isBlocked) {
      const item = this.items[0];
      if (!item) return;
      if (item.kind === 'end') {
        this.end(item.code, item.details);
        return;
      }
      if (item.kind === 'frame') {
        this.items.shift();
        this.write(item.frame);
        continue;
      }
      const accepted = item.end === undefined || item.next < item.end ? item.history[item.next] : undefined;
      if (accepted) {
        item.next += 1;
        if (isFor(accepted, item)) this.write(toFrame(accepted, item.isReplay));
      } else if (item.end === undefined) {
        return;
      } else {
        this.items.shift();
      }
    }
  }

  private write(frame: StreamSessionResponse): void {
    if (this.call.write(frame)) return;
    this.isBlocked = true;
    this.call.once('drain', () => {
      this.isBlocked = false;
      this.pump();
    });
  }

  private end(code: GrpcCode, details: string): void {
    this.items = [];
    if (code === GRPC.OK) this.call.end();
    else this.call.emit('error', { code, details });
  }
}

function isFor({ envelope }: AcceptedEnvelope, { onlyFrom }: Stretch): boolean {
  return onlyFrom === undefined || envelope.sender === onlyFrom;
}

function invalid(details: string): StatusError {
  return new StatusError(GRPC.INVALID_ARGUMENT, details);
}

/** A replayed envelope whose sender gave no time carries the time of its acceptance. */
function toFrame({ envelope, acceptedAt }: AcceptedEnvelope, isReplay: boolean): StreamSessionResponse {
  const value =
    isReplay && envelope.timestampUnixMs === 0n
      ? create(EnvelopeSchema, { ...envelope, timestampUnixMs: BigInt(acceptedAt) })
      : envelope;
  return create(StreamSessionResponseSchema, { response: { case: 'envelope', value } });
}
