import { Injectable, Logger } from '@nestjs/common';
import { RunRepository } from '../storage/run.repository.js';
import { RunExecutorService } from './run-executor.service.js';

/** Takes up every unfinished run after a start of the process. It blocks nobody: runs queue for the executor's places. */
@Injectable()
export class RunRecoveryService {
  private readonly log = new Logger(RunRecoveryService.name);

  constructor(
    private readonly runs: RunRepository,
    private readonly executor: RunExecutorService,
  ) {}

  async recover(): Promise<number> {
    let count = 0;
    for await (const runId of this.runs.listUnfinished()) {
      this.executor.execute(runId, true);
      count += 1;
    }
    if (count > 0) this.log.log({ message: 'unfinished runs taken up again', count });
    return count;
  }
}
