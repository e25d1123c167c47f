import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { RunId } from '../contracts/ids.js';
import type { Clock } from '../contracts/time.js';
import { RunRepository } from '../storage/run.repository.js';
import { retryDelayMs } from './retry.js';
import { RunExecutorService } from './run-executor.service.js';

/** Runs that are taken up at once. */
const ABREAST_MAX = 64;
/** A run that has not come so far by then, as when its runtime is away, goes on beside the next one. Milliseconds. */
const TURN_MS_MAX = 1_000;

/** Takes up, beside new launches, every run that an earlier process left unfinished. */
@Injectable()
export class RunRecoveryService implements OnModuleDestroy {
  private readonly log = new Logger(RunRecoveryService.name);
  private readonly stopping = new AbortController();
  private finished: Promise<void> = Promise.resolve();
  private leftCount = 0;

  constructor(
    private readonly runs: RunRepository,
    private readonly executor: RunExecutorService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Once, after a start of the process. Resolves with how many there are, while they are taken up. */
  async recover(): Promise<number> {
    const { count, last } = await this.runs.countUnfinished();
    if (last === undefined) return 0;
    this.log.log({ message: 'unfinished runs are taken up again', count });
    this.leftCount = count;
    this.finished = this.takeUpAll(last);
    return count;
  }

  /** Runs that still wait to be taken up. */
  get left(): number {
    return this.leftCount;
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.finished;
  }

  /** Up to `last`, in pages: what was launched since is not ours. */
  private async takeUpAll(last: RunId): Promise<void> {
    const { signal } = this.stopping;
    const underWay = new Set<Promise<void>>();
    let page: readonly RunId[] = [];
    do {
      page = await this.pageOf(page.at(-1), last, signal);
      for (const runId of page) {
        while (underWay.size >= ABREAST_MAX) await Promise.race(underWay);
        if (signal.aborted) return;
        const turn = this.turnOf(runId).finally(() => underWay.delete(turn));
        underWay.add(turn);
        this.leftCount -= 1;
      }
    } while (page.length > 0);
    this.leftCount = 0;
    this.log.log('all unfinished runs are taken up again');
  }

  /** Ended by the executor, too, when the process leaves. */
  private async turnOf(runId: RunId): Promise<void> {
    const turn = new AbortController();
    await Promise.race([this.executor.takeUp(runId), this.clock.sleep(TURN_MS_MAX, turn.signal)]);
    turn.abort();
  }

  /** A database that is away is waited for. */
  private async pageOf(after: RunId | undefined, upTo: RunId, signal: AbortSignal): Promise<readonly RunId[]> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        return await this.runs.listUnfinished({ after, upTo });
      } catch (error) {
        this.log.error({ message: 'unfinished runs could not be read', err: error });
        await this.clock.sleep(retryDelayMs(attempt, Math.random()), signal);
      }
    }
    return [];
  }
}
