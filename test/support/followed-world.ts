import type { IsoTime, Ordinal, Position, RunId, Seq, SessionId } from '../../src/contracts/ids.js';
import type { RawDraft } from '../../src/contracts/raw-event.js';
import type { Run, RunStatus } from '../../src/contracts/run.js';
import type { SessionSnapshot, SessionState } from '../../src/contracts/session.js';
import { isoTime } from '../../src/contracts/time.js';
import { AppError } from '../../src/errors/app-error.js';
import type { RuntimeFrame, SubscribeRequest } from '../../src/runtime/runtime-provider.interface.js';
import { InboxBudget } from '../../src/runs/inbox-budget.js';
import { INBOX_BYTES_MAX } from '../../src/runs/inbox.stream.js';
import { RunFollower, type FollowerWorld } from '../../src/runs/run-follower.stream.js';
import { JumpingClock } from './jumping-clock.js';

/**
 * Message ids as they arrive, milliseconds between, `silence`, an error among the frames, or how the stream breaks;
 * `refused` before it stands.
 */
export type Script = readonly (string | number | InlineError | Error)[];
export type InlineError = Extract<RuntimeFrame, { kind: 'inline-error' }>;

/** Two of them fill the inbox. */
const BIG = new Uint8Array(INBOX_BYTES_MAX / 2);

const envelope = (messageId: string) => ({
  macpVersion: '1.0',
  mode: 'm',
  messageType: messageId === 'commit' ? 'Commitment' : 'Vote',
  messageId,
  sessionId: 's',
  sender: 'a',
  timestampUnixMs: 0,
  payload: messageId.startsWith('big') ? BIG : new Uint8Array(),
});

/** The world outside: one script per subscription, a session state that the story sets, and a database in memory. */
export class FollowedWorld {
  readonly clock = new JumpingClock();
  readonly asked: number[] = [];
  readonly stored: RawDraft[] = [];
  readonly problems: string[] = [];
  state: SessionState | 'gone' = 'SESSION_STATE_OPEN';
  databaseIsDown = false;
  /** The batch that begins with this message finds no place to wait, once. */
  refused: string | undefined;
  pulled = 0;
  run: Run;
  readonly follower: RunFollower;

  constructor(
    private readonly scripts: Script[],
    expiresAt: IsoTime = isoTime(10_000_000_000),
    firstStatus: 'opened' | 'recovered' = 'opened',
    private readonly budget = new InboxBudget(),
  ) {
    this.run = runWith('running', expiresAt);
    const world: FollowerWorld = {
      provider: {
        subscribe: (request, signal) => this.subscribe(request, signal),
        getSession: () => this.read(),
      },
      clock: this.clock,
      random: () => 0.5,
      batchMax: 10,
      turn: () => Promise.resolve(),
      isWatched: () => true,
      record: (run, heard, follows) => this.record(run, heard, follows),
      lost: () => Promise.resolve((this.run = { ...this.run, status: 'failed' })),
      onProblem: (_run, message) => this.problems.push(message),
      onHealed: (_run, message) => this.problems.push(message),
      budget: this.budget,
    };
    this.follower = new RunFollower(world, this.run, 'a', firstStatus);
    this.follower.arm();
  }

  get messages(): string[] {
    return this.stored.flatMap((raw) => (raw.kind === 'stream-envelope' ? [raw.envelope.messageId] : []));
  }

  get statuses(): string[] {
    return this.stored.flatMap((raw) => (raw.kind === 'stream-status' ? [raw.info.status] : []));
  }

  /** Lets the story run until the run has ended. */
  async end(): Promise<void> {
    let ended = false;
    void this.follower.finished.then(() => (ended = true));
    await this.clock.run(() => ended);
  }

  private async *subscribe(request: SubscribeRequest, signal: AbortSignal): AsyncGenerator<readonly RuntimeFrame[]> {
    this.asked.push(request.afterOrdinal);
    const script = this.scripts.shift() ?? ['silence'];
    if (script[0] === 'refused') throw new AppError('SESSION_NOT_FOUND', 'gone');
    yield [{ kind: 'ready', receivedAt: isoTime(this.clock.now()) }];
    for (const step of script) {
      await Promise.resolve();
      if (step instanceof Error) throw step;
      if (step === 'silence') await untilAborted(signal);
      else if (typeof step === 'number') await this.clock.sleep(step, signal);
      else if (typeof step === 'object') yield [step];
      else {
        this.pulled += 1;
        yield [{ kind: 'envelope', envelope: envelope(step), receivedAt: isoTime(this.clock.now()) }];
      }
    }
  }

  private read(): Promise<SessionSnapshot> {
    if (this.state === 'gone') return Promise.reject(new AppError('SESSION_NOT_FOUND', 'gone'));
    return Promise.resolve({
      sessionId: 's' as SessionId,
      modeName: 'm',
      state: this.state,
      startedAtUnixMs: 0,
      expiresAtUnixMs: 0,
      modeVersion: '1',
      configurationVersion: '1',
      policyVersion: 'policy.default',
      participants: ['a'],
      initiator: 'a',
      contextId: '',
      extensionKeys: [],
    });
  }

  private async record(run: Run, heard: readonly RawDraft[], follows: Promise<Run> | undefined): Promise<Run> {
    const [first] = heard;
    if (first?.kind === 'stream-envelope' && first.envelope.messageId === this.refused) {
      this.refused = undefined;
      throw new AppError('DATABASE_UNAVAILABLE', 'too much is waiting');
    }
    await follows;
    await new Promise((resolve) => setImmediate(resolve));
    if (this.databaseIsDown) throw new AppError('DATABASE_UNAVAILABLE', 'down');
    this.stored.push(...heard);
    for (const raw of heard) this.run = fold({ ...run, ...this.run }, raw);
    return this.run;
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}

export const ENDS: Partial<Record<SessionState, RunStatus>> = {
  SESSION_STATE_RESOLVED: 'completed',
  SESSION_STATE_EXPIRED: 'failed',
  SESSION_STATE_CANCELLED: 'cancelled',
};

function fold(run: Run, raw: RawDraft): Run {
  if (raw.kind === 'stream-envelope') {
    const next = { ...run, lastOrdinal: (run.lastOrdinal + 1) as Ordinal };
    return raw.envelope.messageType === 'Commitment' ? withState(next, 'SESSION_STATE_RESOLVED') : next;
  }
  return raw.kind === 'session-snapshot' ? withState(run, raw.info.state) : run;
}

function withState(run: Run, state: SessionState): Run {
  return { ...run, status: ENDS[state] ?? run.status, session: { ...run.session, state } };
}

function runWith(status: RunStatus, expiresAt: IsoTime): Run {
  return {
    id: 'r' as RunId,
    status,
    sessionId: 's' as SessionId,
    request: {
      mode: 'live',
      runtime: { kind: 'rust' },
      session: { modeName: 'm', modeVersion: '1', configurationVersion: '1', ttlMs: 1, participants: [] },
      kickoff: [],
      execution: {},
    },
    executionMode: 'driver',
    modeName: 'm',
    runtimeKind: 'rust',
    traceId: '',
    createdAt: isoTime(0),
    summary: {},
    session: {
      bound: true,
      initiator: 'a',
      participants: ['a'],
      seen: [],
      modeVersion: '1',
      configurationVersion: '1',
      policyVersion: 'policy.default',
      expiresAt,
      state: 'SESSION_STATE_OPEN',
      committed: false,
    },
    lastSeq: 0 as Seq,
    lastPosition: 0 as Position,
    lastOrdinal: 0 as Ordinal,
  };
}

export async function stopped(world: FollowedWorld): Promise<void> {
  const stop = world.follower.stop();
  await world.clock.run(() => true);
  await stop;
}
