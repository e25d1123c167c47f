import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import { SANDBOX_KIND } from '../contracts/execution-request.js';
import type { RunId } from '../contracts/ids.js';
import type { SnapshotInfo } from '../contracts/raw-event.js';
import { isTerminal, type Run } from '../contracts/run.js';
import type { SessionSnapshot } from '../contracts/session.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { isFinalState } from '../events/lifecycle.js';
import type { PolicyDescription, RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { NO_REQUEST } from '../storage/adoption.repository.js';
import { isAddressable, requestOf } from './discovered-run.js';
import { RecentSet } from './recent-set.js';
import { isTransientError, retryDelayMs } from './retry.js';
import { RunLedgerService } from './run-ledger.service.js';
import { RunManagerService, type SnapshotRaw } from './run-manager.service.js';
import { SightingQueue, type Sighting } from './sighting-queue.stream.js';
import { runtimeSession, runtimeSessionOf, type RuntimeSession } from './runtime-session.js';
import { StreamConsumerService } from './stream-consumer.service.js';

/** Finished sessions whose history is read at once; live ones do not wait for them. */
const IMPORTS_MAX = 8;
/** After this the next finished session gets the place; the slow one is followed on. Milliseconds. */
const IMPORT_MS_MAX = 60_000;
/** Sessions waiting to be bound; further ones are dropped, counted, and seen again when all are listed: after a break of the watch, or while a run waits. */
const SIGHTINGS_WAITING_MAX = 100_000;
/** Sessions known to need nothing more, so that a list of all sessions does not ask the database for each. */
const SETTLED_MAX = 100_000;
/** How long a binding waits for the text of the policy; without it the run goes on. Milliseconds. */
const POLICY_READ_MS_MAX = 2_000;

export interface DiscoveryHealth {
  /** Sessions seen and not bound yet. */
  readonly waiting: number;
  /** Sessions that could not become runs since the start: not addressable, no place to wait, or refused by the store. */
  readonly refused: number;
}

/**
 * Every session of the runtime that nobody follows here finds its run: the one that was registered for it, the one an
 * earlier process bound, or, with discovery switched on, a new one. From then on the run is followed.
 */
@Injectable()
export class SessionDiscoveryService implements OnModuleDestroy {
  private readonly log = new Logger(SessionDiscoveryService.name);
  private readonly stopping = new AbortController();
  private readonly settled = new RecentSet<RuntimeSession>(SETTLED_MAX);
  private readonly live: SightingQueue;
  private readonly finished: SightingQueue;
  private readonly boundWaiters = new Map<RuntimeSession, () => void>();
  private readonly policies = new Map<string, Promise<PolicyDescription | undefined>>();
  private refused = 0;

  constructor(
    private readonly manager: RunManagerService,
    private readonly ledger: RunLedgerService,
    private readonly consumer: StreamConsumerService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const limits = { concurrencyMax: config.discovery.concurrencyMax, waitingMax: SIGHTINGS_WAITING_MAX };
    this.live = new SightingQueue(limits, (sighting) => this.takeIn(sighting));
    this.finished = new SightingQueue({ ...limits, concurrencyMax: IMPORTS_MAX }, (sighting) =>
      this.importFinished(sighting),
    );
  }

  /** A session was seen in this state. Returns at once; nothing that goes wrong with it touches another session. */
  sight(sighting: Sighting): void {
    if (this.settled.has(sessionOf(sighting))) return;
    (isFinalState(sighting.info.state) ? this.finished : this.live).push(sighting);
  }

  /** The session is somebody else's business: sightings of it need not be looked up. */
  leave(run: Run): void {
    this.settled.add(runtimeSessionOf(run));
  }

  /**
   * Resolves when the session has been bound to its run here, or when `signal` aborts. One waiter per session. Whoever
   * waits has a run for it, so it is looked up again even if it needed nothing more.
   */
  untilBound(run: Run, signal: AbortSignal): Promise<void> {
    const session = runtimeSessionOf(run);
    this.settled.delete(session);
    return new Promise((resolve) => {
      const done = (): void => {
        if (this.boundWaiters.get(session) === done) this.boundWaiters.delete(session);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.boundWaiters.set(session, done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  health(): DiscoveryHealth {
    const { live, finished } = this;
    return { waiting: live.size + finished.size, refused: this.refused + live.dropped + finished.dropped };
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.live.stop(), this.finished.stop()]);
  }

  private async importFinished(sighting: Sighting): Promise<void> {
    const run = await this.takeIn(sighting);
    if (run === undefined) return;
    const enough = new AbortController();
    // A follower that is stopped with the process has finished too.
    await Promise.race([this.consumer.untilFinished(run), this.clock.sleep(IMPORT_MS_MAX, enough.signal)]);
    enough.abort();
  }

  /** Never rejects. The run, if it is followed from now on. While the database is away the session waits in its place. */
  private async takeIn(sighting: Sighting): Promise<Run | undefined> {
    for (let attempt = 0; !this.stopping.signal.aborted; attempt += 1) {
      try {
        return await this.follow(sighting);
      } catch (error) {
        if (!isTransientError(error)) {
          this.refuse(sighting.sessionId, error);
          return undefined;
        }
        await this.clock.sleep(retryDelayMs(attempt, Math.random()), this.stopping.signal);
      }
    }
    return undefined;
  }

  private async follow(sighting: Sighting): Promise<Run | undefined> {
    const { provider, sessionId, info } = sighting;
    const session = sessionOf(sighting);
    const known = await this.ledger.findBySession(sessionId);
    const run =
      known === undefined ? await this.discover(sessionId, provider, info) : await this.bound(known, provider, info);
    if (run === undefined) return undefined;
    this.boundWaiters.get(session)?.();
    if (!isOurs(run, provider)) {
      this.settled.add(session);
      return undefined;
    }
    // A run that was bound before was followed before, by an earlier process or an earlier follower of this one.
    this.consumer.follow(run, provider, run === known);
    // Once it is over it needs nothing more; also not a second run, should somebody delete this one.
    void this.consumer.untilFinished(run).then(() => this.settled.add(session));
    if (run === known || isFinalState(info.state)) this.consumer.hearState(provider.kind, sessionId, info);
    return run;
  }

  /** The run with its session bound, if it is to be; undefined when nothing describes the session yet. */
  private async bound(run: Run, provider: RuntimeProvider, info: SnapshotInfo): Promise<Run | undefined> {
    if (run.session.bound || !isOurs(run, provider)) return run;
    if (info.snapshot === undefined) return undefined;
    const policy = await this.policyOf(provider, info.snapshot.policyVersion);
    return this.manager.bindSession(run.id, { raws: [firstReport(info, this.clock.now())] }, policy);
  }

  /** A run for a session that has none; undefined when discovery is off. */
  private async discover(sessionId: string, provider: RuntimeProvider, info: SnapshotInfo): Promise<Run | undefined> {
    const { snapshot } = info;
    if (snapshot === undefined || !this.config.discovery.enabled) return undefined;
    if (!isAddressable(sessionId)) {
      // It stays so, and every list of all sessions has it again.
      this.settled.add(runtimeSession(provider.kind, sessionId));
      throw new AppError('INVALID_SESSION_ID', 'The session id cannot be part of a path.');
    }
    const policy = await this.policyOf(provider, snapshot.policyVersion);
    try {
      const seed = this.seedOf(provider, snapshot);
      return (await this.manager.discoverRun(seed, firstReport(info, this.clock.now()), policy)).run;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'SESSION_ALREADY_EXISTS') throw error;
      // Somebody was faster: a request for this session, or another process that discovered it too.
      const other = await this.ledger.findBySession(sessionId);
      return other === undefined ? undefined : this.bound(other, provider, info);
    }
  }

  private seedOf(provider: RuntimeProvider, snapshot: SessionSnapshot) {
    return {
      id: uuidv7() as RunId,
      sessionId: snapshot.sessionId,
      request: requestOf(snapshot, provider.kind, provider.kind === SANDBOX_KIND ? 'sandbox' : 'live'),
      fingerprint: NO_REQUEST,
      tags: [],
      traceId: randomBytes(16).toString('hex'),
      executionMode: 'observer',
      origin: 'discovery',
      runtimeKind: provider.kind,
      modeName: snapshot.modeName,
      createdAt: isoTime(this.clock.now()),
      outbound: [],
    } as const;
  }

  /** Sessions that appear together share one question. undefined: unknown, or it could not be read in time. */
  private policyOf(provider: RuntimeProvider, policyId: string): Promise<PolicyDescription | undefined> {
    const key = `${provider.kind} ${policyId}`;
    const asked = this.policies.get(key);
    if (asked !== undefined) return asked;
    const read = provider
      .findPolicy(policyId, AbortSignal.timeout(POLICY_READ_MS_MAX))
      .catch(() => undefined)
      .finally(() => this.policies.delete(key));
    this.policies.set(key, read);
    return read;
  }

  private refuse(sessionId: string, error: unknown): void {
    this.refused += 1;
    this.log.error({
      message: 'a session could not become a run',
      sessionId: sessionId.slice(0, 256),
      err: error,
    });
  }
}

function sessionOf({ provider, sessionId }: Sighting): RuntimeSession {
  return runtimeSession(provider.kind, sessionId);
}

/** To be followed from here: sessions that we opened ourselves are followed by whoever started them. */
function isOurs(run: Run, provider: RuntimeProvider): boolean {
  return run.executionMode === 'observer' && run.runtimeKind === provider.kind && !isTerminal(run.status);
}

/** A final state waits for the history that it ends: the session is bound as it was found, and its end comes later. */
function firstReport(info: SnapshotInfo, nowMs: number): SnapshotRaw {
  const told: SnapshotInfo = isFinalState(info.state) ? { ...info, state: 'SESSION_STATE_UNSPECIFIED' } : info;
  return { kind: 'session-snapshot', receivedAt: isoTime(nowMs), info: told };
}
