import { Injectable } from '@nestjs/common';
import type { RunId } from '../contracts/ids.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import type { Run } from '../contracts/run.js';
import type { RunRecord } from '../contracts/run-record.js';
import { OutboundMessageRepository } from '../storage/outbound-message.repository.js';
import { RunRepository } from '../storage/run.repository.js';

/** What the orchestration reads: runs as the door sees them, and their outbox. It writes nothing. */
@Injectable()
export class RunLedgerService {
  constructor(
    private readonly runs: RunRepository,
    private readonly outbox: OutboundMessageRepository,
  ) {}

  /** Throws RUN_NOT_FOUND. */
  getRun(runId: RunId): Promise<Run> {
    return this.runs.getRun(runId);
  }

  /** The run of this session, if there is one. */
  findBySession(sessionId: string): Promise<Run | undefined> {
    return this.runs.findRunBySession(sessionId);
  }

  /** By run id or session id; throws RUN_NOT_FOUND. */
  getRecord(ref: string): Promise<RunRecord> {
    return this.runs.get(ref);
  }

  /** What has no answer yet of what opens the run's session: SessionStart first, then kickoff messages in order. */
  openingOf(runId: RunId): Promise<readonly OutboundMessage[]> {
    return this.outbox.listUnanswered(runId, ['session-start', 'kickoff']);
  }
}
