import { Injectable } from '@nestjs/common';
import type { EventData } from '../contracts/events.js';
import type { RunId } from '../contracts/ids.js';
import type { OutboundMessage } from '../contracts/outbound.js';
import type { Run } from '../contracts/run.js';
import type { RunRecord } from '../contracts/run-record.js';
import { dedupeKeyOf } from '../events/normalize/dedupe-key.js';
import { EventRepository } from '../storage/event.repository.js';
import { OutboundMessageRepository } from '../storage/outbound-message.repository.js';
import { RunRepository } from '../storage/run.repository.js';
import { toEnvelope } from './outbound-plan.js';

/** What the orchestration reads: runs as the door sees them, their outbox, and what the log says of it. It writes nothing. */
@Injectable()
export class RunLedgerService {
  constructor(
    private readonly runs: RunRepository,
    private readonly outbox: OutboundMessageRepository,
    private readonly events: EventRepository,
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

  /** What was sent on request and has no answer. */
  requestedOf(runId: RunId): Promise<readonly OutboundMessage[]> {
    return this.outbox.listUnanswered(runId, ['message', 'signal']);
  }

  findMessage(runId: RunId, messageId: string): Promise<OutboundMessage | undefined> {
    return this.outbox.find(runId, messageId);
  }

  /** How the runtime acknowledged an accepted message. */
  async ackOf(runId: RunId, messageId: string): Promise<EventData['message.sent']['ack'] | undefined> {
    const [sent] = await this.events.listCanonical(runId, {
      afterSeq: 0,
      limit: 1,
      types: ['message.sent'],
      subjectId: messageId,
    });
    return sent?.type === 'message.sent' ? sent.data.ack : undefined;
  }

  /** Whether the runtime has passed the message on to its run. */
  async isHeard(message: OutboundMessage): Promise<boolean> {
    const key = dedupeKeyOf(toEnvelope(message), message.purpose === 'signal');
    return (await this.events.knownKeys(message.runId, [key])).size > 0;
  }
}
