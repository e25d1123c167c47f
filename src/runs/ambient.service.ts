import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import { PAYLOAD_CODEC } from '../events/event-normalizer.service.js';
import type { PayloadCodec, WireEnvelope } from '../contracts/envelope.js';
import type { IsoTime, RunId } from '../contracts/ids.js';
import type { RawDraft } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import type { Clock } from '../contracts/time.js';
import { dedupeKeyOf } from '../events/normalize/dedupe-key.js';
import { STABLE_MS, reconnectDelayMs } from '../runtime/link.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { isTransientError, retryDelayMs } from './retry.js';
import { AmbientBuffer } from './ambient-buffer.js';
import { RunManagerService } from './run-manager.service.js';
import { runtimeSession, runtimeSessionOf, type RuntimeSession } from './runtime-session.js';

/** How long a finished run still takes signals: agents say goodbye after the decision. Milliseconds. */
const FAREWELL_MS = 30_000;
/** Signals of one run waiting to be written; further ones are dropped and counted, as the runtime itself would. */
const WAITING_PER_RUN_MAX = 1_000;
/** Size of those of all runs: their payloads, and beside each payload what an envelope takes without one; likewise. */
export const WAITING_BYTES_MAX = 32 * 1024 * 1024;
const ENVELOPE_BYTES = 1024;
/** Signals written in one transaction; what cannot be stored takes no more than these with it. */
export const WRITTEN_AT_ONCE_MAX = 100;
/** How often dropped signals are told of in the log, at most. Milliseconds. */
const DROPPED_TOLD_MS = 60_000;

type AmbientRaw = Extract<RawDraft, { kind: 'ambient-envelope' }>;

interface Route {
  readonly runId: RunId;
  readonly waiting: AmbientRaw[];
  writing: boolean;
  /** Epoch milliseconds; undefined while the run goes on. */
  until: number | undefined;
}

export interface AmbientHealth {
  readonly held: number;
  readonly dropped: number;
}

interface Watch {
  readonly stop: AbortController;
  readonly finished: Promise<void>;
}

/** The ambient plane: Signals and Progress of all sessions, handed to their runs by runtime and correlation. */
@Injectable()
export class AmbientService implements OnModuleDestroy {
  private readonly log = new Logger(AmbientService.name);
  private readonly watches = new Map<string, Watch>();
  private readonly routes = new Map<RuntimeSession, Route>();
  private readonly buffer = new AmbientBuffer<AmbientRaw>();
  private readonly writes = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  /** Of everything that waits to be written. */
  private waitingBytes = 0;
  private dropped = 0;
  private droppedTold = 0;
  private droppedToldAt = -Infinity;
  private readonly standing = new Set<string>();

  constructor(
    private readonly manager: RunManagerService,
    @Inject(PAYLOAD_CODEC) private readonly codec: PayloadCodec,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Starts listening to this runtime's signals unless that is under way. */
  ensure(provider: RuntimeProvider): void {
    if (this.watches.has(provider.kind)) return;
    const stop = new AbortController();
    this.watches.set(provider.kind, { stop, finished: this.watch(provider, stop.signal) });
  }

  /** From now on the session's signals belong to this run; those that came before are recorded first. */
  open(run: Run): void {
    const now = this.clock.now();
    const session = runtimeSessionOf(run);
    for (const [other, route] of this.routes) if ((route.until ?? now) < now) this.routes.delete(other);
    const known = this.routes.get(session);
    // A run that is followed anew keeps what still waits to be written; of a session whose run was deleted it is another run.
    const route = known?.runId === run.id ? known : { runId: run.id, waiting: [], writing: false, until: undefined };
    route.until = undefined;
    this.routes.set(session, route);
    for (const raw of this.buffer.take(session, now)) this.enqueue(route, raw);
  }

  /** The run has ended; a little later its session is forgotten. */
  close(run: Run): void {
    const route = this.routes.get(runtimeSessionOf(run));
    if (route) route.until = this.clock.now() + FAREWELL_MS;
  }

  /** Envelopes held for sessions that no run follows yet, and those since the start that no run could take. */
  health(): AmbientHealth {
    this.buffer.prune(this.clock.now());
    return { held: this.buffer.size, dropped: this.dropped + this.buffer.dropped };
  }

  /** Whether this runtime's signals reach us just now. */
  isStanding(kind: string): boolean {
    return this.standing.has(kind);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    for (const watch of this.watches.values()) watch.stop.abort();
    await Promise.all([...this.watches.values()].map((watch) => watch.finished));
    // Nothing arrives any more, and what waits is tried once: the process's own time limit covers the rest.
    while (this.writes.size > 0) await Promise.all(this.writes);
  }

  private async watch(provider: RuntimeProvider, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      let standsSince = Infinity;
      const onStanding = (): void => {
        standsSince = this.clock.now();
        this.standing.add(provider.kind);
      };
      try {
        for await (const { envelope, receivedAt } of provider.watchSignals(signal, onStanding)) {
          attempt = 0;
          this.take(provider.kind, envelope, receivedAt);
        }
      } catch (error) {
        this.log.debug({ message: 'the signal stream broke', err: error });
      }
      this.standing.delete(provider.kind);
      if (this.clock.now() - standsSince >= STABLE_MS) attempt = 0;
      await this.clock.sleep(reconnectDelayMs(attempt, Math.random()), signal);
    }
  }

  /** One envelope that cannot be taken in must not end the stream of all others. */
  private take(kind: string, envelope: WireEnvelope, receivedAt: IsoTime): void {
    try {
      this.hear(kind, envelope, receivedAt);
    } catch (error) {
      this.dropped += 1;
      this.log.error({ message: 'an ambient envelope could not be taken in', err: error });
    }
    this.tellDropped();
  }

  /** In the log at most once a minute, and only when there are more. */
  private tellDropped(): void {
    const { dropped } = this.health();
    const now = this.clock.now();
    if (dropped === this.droppedTold || now - this.droppedToldAt < DROPPED_TOLD_MS) return;
    this.log.warn({ message: 'signals that no run could take were dropped', dropped, since: this.droppedTold });
    this.droppedTold = dropped;
    this.droppedToldAt = now;
  }

  private hear(kind: string, envelope: WireEnvelope, receivedAt: IsoTime): void {
    const sessionId = envelope.sessionId === '' ? this.correlationOf(envelope) : envelope.sessionId;
    if (sessionId === '') {
      this.dropped += 1;
      return;
    }
    const raw = { kind: 'ambient-envelope', receivedAt, envelope, dedupeKey: dedupeKeyOf(envelope, true) } as const;
    const session = runtimeSession(kind, sessionId);
    const route = this.routes.get(session);
    const now = this.clock.now();
    if (!route) this.buffer.add(session, raw, envelope.payload.byteLength, now);
    else if ((route.until ?? now) < now) this.dropped += 1;
    else this.enqueue(route, raw);
  }

  private correlationOf(envelope: WireEnvelope): string {
    const { payload } = this.codec.decode('', envelope.messageType, envelope.payload);
    const correlation = payload['correlationSessionId'];
    return typeof correlation === 'string' ? correlation : '';
  }

  private enqueue(route: Route, raw: AmbientRaw): void {
    if (route.waiting.length >= WAITING_PER_RUN_MAX || this.waitingBytes + sizeOf(raw) > WAITING_BYTES_MAX) {
      this.dropped += 1;
      return;
    }
    route.waiting.push(raw);
    this.waitingBytes += sizeOf(raw);
    if (route.writing) return;
    const write = this.drain(route).finally(() => this.writes.delete(write));
    this.writes.add(write);
  }

  /** Writes until nothing waits, also for a run that is forgotten meanwhile. */
  private async drain(route: Route): Promise<void> {
    route.writing = true;
    while (route.waiting.length > 0) await this.store(route);
    route.writing = false;
  }

  /**
   * Writes what has waited longest, repeated while the database is away: the runtime keeps no signals and does not repeat
   * them. What cannot be stored at all is counted and gone, and so is all that waits when the process stops meanwhile.
   */
  private async store(route: Route): Promise<void> {
    const raws = route.waiting.slice(0, WRITTEN_AT_ONCE_MAX);
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.manager.hear(route.runId, { raws });
        this.remove(route, raws.length);
        return;
      } catch (error) {
        const isStopping = this.stopping.signal.aborted;
        this.log.warn({ message: 'signals could not be stored', count: raws.length, err: error });
        if (isStopping || !isTransientError(error)) {
          this.dropped += this.remove(route, isStopping ? route.waiting.length : raws.length);
          return;
        }
        await this.clock.sleep(retryDelayMs(attempt, Math.random()), this.stopping.signal);
      }
    }
  }

  /** Takes the first ones out of the line. Returns how many. */
  private remove(route: Route, count: number): number {
    for (const raw of route.waiting.splice(0, count)) this.waitingBytes -= sizeOf(raw);
    return count;
  }
}

function sizeOf({ envelope }: AmbientRaw): number {
  return envelope.payload.byteLength + ENVELOPE_BYTES;
}
