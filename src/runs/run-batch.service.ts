import { Injectable, Logger } from '@nestjs/common';
import type { RunId } from '../contracts/ids.js';
import type { RunStatus } from '../contracts/run.js';
import type { ErrorCode } from '../errors/codes.js';
import { gate } from '../errors/gate.js';
import { RunControlService } from './run-control.service.js';
import { RunCopyService } from './run-copy.service.js';
import { RunQueryService } from '../queries/run-query.service.js';

/** Runs worked on at once; a cancellation waits for the runtime. */
const BATCH_CONCURRENCY_MAX = 16;

/** What became of one run; `status` and `error` exclude each other. */
export interface BatchItem {
  /** As it was asked for. */
  readonly runId: string;
  readonly ok: boolean;
  /** The run's own id, where it succeeded. */
  readonly id?: RunId;
  /** Afterwards; absent for a run that was deleted. */
  readonly status?: RunStatus;
  readonly error?: { readonly errorCode: ErrorCode; readonly message: string };
}

export interface BatchResult {
  /** In the order asked for, each run once. */
  readonly results: readonly BatchItem[];
  readonly succeeded: number;
  readonly failed: number;
}

/** What is done with each; answers which run it was, and what became of it. */
type Act = (ref: string) => Promise<{ readonly id: RunId; readonly status?: RunStatus }>;

/** One action on many runs. Each of them succeeds or fails by itself, and the answer says which. */
@Injectable()
export class RunBatchService {
  private readonly log = new Logger(RunBatchService.name);

  constructor(
    private readonly query: RunQueryService,
    private readonly control: RunControlService,
    private readonly copies: RunCopyService,
  ) {}

  cancel(refs: readonly string[], reason: string): Promise<BatchResult> {
    return this.each(refs, (ref) => this.control.cancel(ref, reason));
  }

  archive(refs: readonly string[]): Promise<BatchResult> {
    return this.each(refs, (ref) => this.copies.archive(ref));
  }

  delete(refs: readonly string[]): Promise<BatchResult> {
    return this.each(refs, async (ref) => ({ id: await this.query.remove(ref) }));
  }

  private async each(refs: readonly string[], act: Act): Promise<BatchResult> {
    const waiting = [...(await this.query.eachOnce(refs))];
    const results = new Map<string, BatchItem | undefined>(waiting.map((ref) => [ref, undefined]));
    const work = async (): Promise<void> => {
      for (let ref = waiting.shift(); ref !== undefined; ref = waiting.shift()) {
        results.set(ref, await this.one(ref, act));
      }
    };
    await Promise.all(Array.from({ length: Math.min(BATCH_CONCURRENCY_MAX, waiting.length) }, work));
    const items = [...results.values()].filter((item) => item !== undefined);
    const succeeded = items.filter(({ ok }) => ok).length;
    return { results: items, succeeded, failed: items.length - succeeded };
  }

  private async one(runId: string, act: Act): Promise<BatchItem> {
    try {
      const { id, status } = await act(runId);
      return { runId, ok: true, id, ...(status === undefined ? {} : { status }) };
    } catch (thrown) {
      const error = gate(thrown);
      // The answer is a 200, so nobody else tells what went wrong here.
      if (error.status >= 500) this.log.error({ message: `a run of a batch failed: ${error.code}`, runId, err: error });
      return { runId, ok: false, error: { errorCode: error.code, message: error.message } };
    }
  }
}
