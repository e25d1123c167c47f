import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '../config/clock.provider.js';
import type { ExecutionRequest } from '../contracts/execution-request.js';
import type { JsonObject } from '../contracts/json.js';
import type { RunRecord } from '../contracts/run-record.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { RunRepository } from '../storage/run.repository.js';
import { compareRuns, type RunComparison } from '../queries/compare.js';
import { RunExecutorService, type LaunchAnswer } from './run-executor.service.js';
import { RunQueryService } from '../queries/run-query.service.js';

export interface CloneChanges {
  /** Instead of the tags of the run. */
  readonly tags?: readonly string[] | undefined;
  /** Instead of its context, in whatever form that was given. */
  readonly context?: JsonObject | undefined;
}

/** What is done with whole runs: another one like it, out of the lists, side by side. `ref` as everywhere. */
@Injectable()
export class RunCopyService {
  constructor(
    private readonly query: RunQueryService,
    private readonly runs: RunRepository,
    private readonly executor: RunExecutorService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Launches the run's request once more, as a new run with a session of its own; under a key once for all. */
  async clone(ref: string, changes: CloneChanges, idempotencyKey: string | undefined): Promise<LaunchAnswer> {
    const { id } = await this.query.get(ref);
    const { request } = await this.runs.getRun(id);
    return this.executor.launch(requestLike(request, changes), idempotencyKey === undefined ? {} : { idempotencyKey });
  }

  /** Takes a finished run out of the lists; INVALID_STATE_TRANSITION for any other. Again is no error. */
  async archive(ref: string): Promise<RunRecord> {
    const { id } = await this.query.get(ref);
    return this.runs.archive(id, isoTime(this.clock.now()));
  }

  async compare(leftRef: string, rightRef: string): Promise<RunComparison> {
    return compareRuns(await this.whole(leftRef), await this.whole(rightRef));
  }

  private async whole(ref: string) {
    const record = await this.query.get(ref);
    return { record, state: await this.query.stateOf(record.id) };
  }
}

/** The ids of a launch are its own: neither the session id nor the idempotency key is taken over. */
function requestLike(request: ExecutionRequest, { tags, context }: CloneChanges): ExecutionRequest {
  const { sessionId: _session, ...session } = request.session;
  const { idempotencyKey: _key, ...execution } = request.execution;
  return {
    ...request,
    session: context === undefined ? session : { ...session, context, contextEnvelope: undefined },
    execution: tags === undefined ? execution : { ...execution, tags },
  };
}
