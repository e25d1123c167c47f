import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import type { AppConfig } from '../config/config.js';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { RunId, SessionId } from '../contracts/ids.js';
import type { RunStatus } from '../contracts/run.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError, hasCode } from '../errors/app-error.js';
import { gate } from '../errors/gate.js';
import { isAborted } from '../contracts/aborted.js';
import { LaunchPlanService, type Allocation, type PlannedRun, type ValidationReport } from './launch-plan.service.js';
import { initiatorOf } from './outbound-plan.js';
import { RunAdvanceService } from './run-advance.service.js';
import { RunManagerService, type RequestedRun } from './run-manager.service.js';
import { isWithoutRuntime } from './runtime-selector.service.js';
import { isTransientError, retryDelayMs } from './retry.js';
import { SCRIPTED_AGENTS, type ScriptedAgents } from './scripted-agents.interface.js';
import { SessionStartService } from './session-start.service.js';
import { NO_PLACE, StartPlaces, type Errand } from './start-places.stream.js';

export interface LaunchAnswer {
  readonly runId: RunId;
  readonly sessionId: SessionId;
  /**
   * `queued` as accepted; a repetition of the request gets the same answer, whatever the run has become since. Of a run
   * that was discovered before it was asked for: where it stands.
   */
  readonly status: RunStatus;
  readonly traceId: string;
}

interface Execution {
  readonly stop: AbortController;
  readonly finished: Promise<void>;
}

/** Launches runs: stores them, answers, and carries each through its start in the background. */
@Injectable()
export class RunExecutorService implements OnModuleDestroy {
  private readonly log = new Logger(RunExecutorService.name);
  private readonly executions = new Map<RunId, Execution>();
  /**
   * `runs.concurrencyMax` of them. The rows of runs that wait for one are durable; at `runs.waitingMax` a launch is refused
   * before anything is stored.
   */
  private readonly places: StartPlaces;
  private readonly waitingMax: number;
  private stopped = false;

  constructor(
    private readonly plan: LaunchPlanService,
    private readonly manager: RunManagerService,
    private readonly work: RunAdvanceService,
    private readonly starts: SessionStartService,
    @Inject(SCRIPTED_AGENTS) private readonly agents: ScriptedAgents,
    @Inject(CONFIG) config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.places = new StartPlaces(config.runs.concurrencyMax);
    this.waitingMax = config.runs.waitingMax;
  }

  /**
   * Answers as soon as the run is durably queued. The same idempotency key with the same request yields the same
   * answer, and starts only what nobody has begun to start; with another request it is IDEMPOTENCY_KEY_REUSED. Where
   * `runs.waitingMax` runs wait to be started, RATE_LIMITED.
   */
  async launch(
    request: ExecutionRequest,
    options: { idempotencyKey?: string | undefined } = {},
  ): Promise<LaunchAnswer> {
    if (this.stopped) throw new AppError('SHUTTING_DOWN', 'This process is stopping and takes no new runs.');
    const planned = await this.plan.prepare(request, this.allocate(request, options.idempotencyKey));
    const { run, created, fingerprint, discovered } = await this.create(planned);
    if (!created && fingerprint !== planned.fingerprint) {
      throw new AppError('IDEMPOTENCY_KEY_REUSED', 'This idempotency key belongs to another request.', {
        runId: run.id,
      });
    }
    // A known run may be queued still because the answer to its creation got lost, and whoever made it gave it up.
    if (created || run.status === 'queued') this.execute(run.id);
    const status = discovered ? run.status : 'queued';
    return { runId: run.id, sessionId: run.sessionId, status, traceId: run.traceId };
  }

  /** What `launch` would refuse, and what the runtime says of the request; nothing is stored or sent. */
  validate(request: ExecutionRequest): Promise<ValidationReport> {
    return this.plan.validate(request, this.allocate(request));
  }

  /** Carries a run on from wherever it stands, when there is a place. */
  execute(runId: RunId): void {
    const place = this.places.place();
    void this.begin(runId, (signal) => this.carry(runId, { recovered: false, place, signal, left: {} }));
  }

  /**
   * Takes up a run that an earlier process began. Resolves when it is carried on as far as it goes; never rejects. Whoever
   * asks bounds how many: these take no place from runs that are launched.
   */
  takeUp(runId: RunId): Promise<void> {
    const errand = { recovered: true, place: NO_PLACE, left: {} };
    return this.begin(runId, (signal) => this.carry(runId, { ...errand, signal }));
  }

  /**
   * Stops starting the run, or waiting for its session. What is being sent just now is broken off, a SessionStart only
   * after a short grace; nothing more is sent. Resolves when nobody works on it any more.
   */
  async release(runId: RunId): Promise<void> {
    const execution = this.executions.get(runId);
    execution?.stop.abort();
    await execution?.finished;
    await this.work.release(runId);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    for (const execution of this.executions.values()) execution.stop.abort();
    await Promise.all([...this.executions.values()].map((execution) => execution.finished));
  }

  /** A request that made a run before is not refused for want of room: its own run may be what fills it. */
  private async create(planned: PlannedRun): Promise<RequestedRun> {
    try {
      this.admit(planned);
    } catch (refusal) {
      const known = await this.manager.findRun(planned);
      if (known === undefined) throw refusal;
      return known;
    }
    let isNew = false;
    try {
      const made = await this.manager.createRun(planned);
      isNew = made.created;
      return made;
    } finally {
      if (!isNew) this.agents.dismiss(planned.id);
    }
  }

  /** Keeps a place for its scripted agents, if it wants any. */
  private admit(planned: PlannedRun): void {
    // A sender of whom no more sessions are admitted leaves room for the others: its own line counts twice.
    const own = this.starts.waitingOf(planned.runtimeKind, initiatorOf(planned.request));
    if (this.places.waiting + this.starts.waiting + own >= this.waitingMax) {
      throw new AppError('RATE_LIMITED', 'Too many runs wait to be started already.');
    }
    if (planned.request.execution.scriptedAgents !== undefined) this.agents.admit(planned.id);
  }

  /** Ids are given before anything is stored or sent, so that every later step can be repeated with the same ones. */
  private allocate(request: ExecutionRequest, idempotencyKey?: string): Allocation {
    const nowMs = this.clock.now();
    return {
      runId: uuidv7() as RunId,
      sessionId: (request.session.sessionId ?? uuidv4()) as SessionId,
      traceId: randomBytes(16).toString('hex'),
      createdAt: isoTime(nowMs),
      nowMs,
      idempotencyKey: idempotencyKey ?? request.execution.idempotencyKey,
    };
  }

  /** A run on which somebody works already is left to them. `work` must not reject. */
  private begin(runId: RunId, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const underWay = this.executions.get(runId);
    if (this.stopped || underWay) return underWay?.finished ?? Promise.resolve();
    const stop = new AbortController();
    const finished = work(stop.signal).finally(() => {
      this.executions.delete(runId);
      // Whose agents have not come by now was not started.
      this.agents.dismiss(runId);
    });
    this.executions.set(runId, { stop, finished });
    return finished;
  }

  /**
   * Never rejects. A database that is away is waited for; a run whose runtime is not configured just now stays as it is; any
   * other defect ends the run visibly.
   */
  private async carry(runId: RunId, errand: Errand): Promise<void> {
    const { place, signal } = errand;
    for (let attempt = 0; await place.enter(signal); attempt += 1) {
      try {
        await this.work.advance(runId, errand);
        break;
      } catch (error) {
        // A call that was broken off says nothing about the run; whoever stopped us, or the next process, goes on.
        if (isAborted(signal) || hasCode(error, 'RUN_NOT_FOUND')) break;
        this.log.error({ message: 'a run could not be carried on', runId, err: error });
        // A setting that is put right brings it back, with the next process.
        if (isWithoutRuntime(error)) break;
        if (!isTransientError(error) && (await this.failed(runId, error, errand))) break;
        await this.clock.sleep(retryDelayMs(attempt, Math.random()), signal);
      }
    }
    place.leave();
  }

  private async failed(runId: RunId, error: unknown, errand: Errand): Promise<boolean> {
    try {
      const { message, status } = gate(error);
      const run = await this.manager.markFailed(runId, status < 500 ? 'REQUEST_INVALID' : 'INTERNAL_ERROR', message);
      await this.work.abandon(run, errand);
      return true;
    } catch (failure) {
      this.log.error({ message: 'a failure could not be recorded', runId, err: failure });
      return false;
    }
  }
}
