import type { EventDraft } from '../contracts/events.js';
import type { IsoTime } from '../contracts/ids.js';
import type { Run } from '../contracts/run.js';
import type { SessionSnapshot } from '../contracts/session.js';
import { sessionOpened } from '../events/lifecycle.js';
import { RUN_FAILURE_CODES, type RunFailureCode } from '../errors/codes.js';
import { initiatorOf } from './outbound-plan.js';
import { moves } from './machine.js';

/** What this service itself decides about a run; everything else follows from what the runtime says. */
export type RunCommand =
  | { readonly type: 'start' }
  | { readonly type: 'open' }
  | { readonly type: 'fail'; readonly code: RunFailureCode; readonly message: string }
  | { readonly type: 'cancel'; readonly reason: string; readonly by: string };

const SOURCE = { kind: 'macp-control-plane', name: 'run-manager' } as const;

interface Creation {
  readonly origin?: 'request' | 'discovery';
  /** The request's intent, redacted as events are. */
  readonly decisionPrompt?: string | undefined;
}

/** The first event of every run. */
export function created(run: Run, ts: IsoTime, { origin = 'request', decisionPrompt }: Creation = {}): EventDraft {
  const { request } = run;
  return {
    type: 'run.created',
    ts,
    subject: { kind: 'run', id: run.id },
    source: SOURCE,
    data: {
      status: 'queued',
      modeName: run.modeName,
      runtimeKind: run.runtimeKind,
      ...(request.runtime.version === undefined ? {} : { runtimeVersion: request.runtime.version }),
      traceId: run.traceId,
      sessionId: run.sessionId,
      origin,
      executionMode: run.executionMode,
      ...(decisionPrompt === undefined ? {} : { decisionPrompt }),
    },
  };
}

/** Command → drafts. Asking for what already holds yields nothing; a refused one throws INVALID_STATE_TRANSITION. */
export function decide(run: Run, command: RunCommand, ts: IsoTime): readonly EventDraft[] {
  if (!moves(run.status, command.type)) return [];
  const subject = { kind: 'run', id: run.id } as const;
  const session = run.session.bound ? { runtimeSessionId: run.sessionId } : {};
  switch (command.type) {
    case 'start': {
      const { modeName, runtimeKind } = run;
      const data = { status: 'starting', startedAt: ts, modeName, runtimeKind } as const;
      return [{ type: 'run.started', ts, subject, source: SOURCE, data }];
    }
    case 'open':
      return sessionOpened(run, ts, 'ack');
    case 'fail': {
      const data = {
        status: 'failed',
        endedAt: ts,
        ...session,
        error: command.message,
        errorCode: command.code,
      } as const;
      return [{ type: 'run.failed', ts, subject, source: SOURCE, data }];
    }
    case 'cancel': {
      // The session exists by now, so the runtime has the word.
      if (run.session.bound) return [];
      const data = { status: 'cancelled', endedAt: ts, ...session, reason: command.reason, by: command.by } as const;
      return [{ type: 'run.cancelled', ts, subject, source: SOURCE, data }];
    }
  }
}

/** An observed run whose session nobody opened in time; nothing once the session has been seen. */
export function neverOpened(run: Run, ts: IsoTime): readonly EventDraft[] {
  if (run.session.bound) return [];
  const code = 'SESSION_NOT_OPENED';
  return decide(run, { type: 'fail', code, message: RUN_FAILURE_CODES[code] }, ts);
}

/** The participant whose identity speaks for the run as a whole: opens, reads, cancels, suspends and resumes. */
export function speakerOf(run: Run): string {
  return run.session.bound ? run.session.initiator : initiatorOf(run.request);
}

/** Whether a session with the run's id is the one that the run asks for. */
export function isOurs(session: SessionSnapshot, run: Run): boolean {
  const { modeName, configurationVersion } = run.request.session;
  return (
    session.initiator === speakerOf(run) &&
    session.modeName === modeName &&
    session.configurationVersion === configurationVersion
  );
}
