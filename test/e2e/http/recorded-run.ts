import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import type { EventDraft } from '../../../src/contracts/events.js';
import type { IsoTime, RunId, SessionId } from '../../../src/contracts/ids.js';
import type { TerminalStatus } from '../../../src/contracts/run.js';
import { RunEventService } from '../../../src/events/run-event.service.js';
import { created, decide } from '../../../src/runs/decide.js';
import { requestOf } from '../../support/stage.js';

const now = () => new Date().toISOString() as IsoTime;

/** A run whose events a test records itself, through the door; no runtime knows its session. */
export class RecordedRun {
  private constructor(
    readonly id: RunId,
    readonly sessionId: SessionId,
    private readonly door: RunEventService,
  ) {}

  /** With one event: run.created. */
  static async create(app: INestApplicationContext): Promise<RecordedRun> {
    const door = app.get(RunEventService);
    const id = uuidv7() as RunId;
    const sessionId = uuidv4() as SessionId;
    const request = requestOf('decision');
    await door.create({
      id,
      sessionId,
      request,
      fingerprint: id,
      tags: [],
      traceId: randomBytes(16).toString('hex'),
      executionMode: 'driver',
      origin: 'request',
      runtimeKind: request.runtime.kind,
      modeName: request.session.modeName,
      createdAt: now(),
      firstEvents: (run) => [created(run, run.createdAt)],
      outbound: [],
    });
    return new RecordedRun(id, sessionId, door);
  }

  /** Records `count` events of about `bytes` bytes each, in one transaction. */
  async append(count: number, bytes = 20): Promise<void> {
    await this.door.record(this.id, {
      decide: () => Array.from({ length: count }, (_, index) => artifact(`${now()}-${index}`, 'x'.repeat(bytes))),
    });
  }

  async end(status: TerminalStatus = 'failed'): Promise<void> {
    const command =
      status === 'cancelled'
        ? ({ type: 'cancel', reason: 'test', by: 'test' } as const)
        : ({ type: 'fail', code: 'START_REJECTED', message: 'test' } as const);
    await this.door.record(this.id, { decide: (run) => decide(run, command, now()) });
  }
}

function artifact(artifactId: string, label: string): EventDraft {
  return {
    type: 'artifact.created',
    ts: now(),
    subject: { kind: 'artifact', id: artifactId },
    source: { kind: 'macp-control-plane', name: 'test' },
    // Keys in another order than jsonb keeps them.
    data: { uri: 'u', label, kind: 'log', artifactId, traceId: 't' },
  };
}
