import type { Run } from '../../api/types.js';
import type { WatchedFacts } from '../../api/watched-facts.js';
import { ttlOf } from '../../words/run.js';
import { agoWords, spanWords } from '../../words/time.js';

/** A start that takes longer than this is worth a look. Milliseconds. */
const START_MS_MAX = 30_000;
/** Somebody should know about an observed run that waits this long for its agents. */
const OBSERVE_MS_MAX = 120_000;
/** An open session in which nobody said anything for this long may be stuck. */
const QUIET_MS_MAX = 300_000;
/** A deadline is near when less than this is left, or less than a fifth of the whole time if that is shorter. */
const DEADLINE_NEAR_MS = 300_000;
const DEADLINE_NEAR_SHARE = 0.2;
/** So many runs that need a look or may, and as many of the others, are asked about one by one; more are not. */
export const ASKED_OF_EACH_MAX = 10;

/** A run that has not ended, with what could be learnt about it. What is absent is not known (yet). */
export interface Watched extends WatchedFacts {
  readonly run: Run;
}

export type ConcernKind = 'overdue' | 'suspended' | 'stream' | 'deadline' | 'unopened' | 'slow-start' | 'quiet';

export interface Concern {
  readonly kind: ConcernKind;
  /** One sentence: what is the matter, and since when. */
  readonly reason: string;
  /** What helps, in a sentence. */
  readonly advice: string;
}

export interface Judged extends Watched {
  readonly concerns: readonly Concern[];
}

const JUDGES: readonly ((watched: Watched, nowMs: number) => Concern | undefined)[] = [
  overdue,
  suspended,
  streamBroken,
  deadlineNear,
  unopened,
  slowStart,
  quiet,
];

/** Why a run needs a person, the gravest first; none when it goes its way. */
export function concernsOf(watched: Watched, nowMs: number): readonly Concern[] {
  return JUDGES.flatMap((judge) => judge(watched, nowMs) ?? []);
}

/** Those with a concern first, the gravest of them first, then the oldest; after them the others, newest first. */
export function byNeed(runs: readonly Watched[], nowMs: number): readonly Judged[] {
  return runs
    .map((watched) => ({ ...watched, concerns: concernsOf(watched, nowMs) }))
    .sort((left, right) => gravity(left) - gravity(right) || ageOrder(left, right));
}

const ORDER: readonly ConcernKind[] = ['overdue', 'suspended', 'stream', 'deadline', 'unopened', 'slow-start', 'quiet'];

function gravity({ concerns: [first] }: Judged): number {
  return first === undefined ? ORDER.length : ORDER.indexOf(first.kind);
}

function ageOrder(left: Judged, right: Judged): number {
  const older = left.run.createdAt.localeCompare(right.run.createdAt);
  return left.concerns.length > 0 ? older : -older;
}

/** What the list alone tells of a run. Its deadline is reckoned from the request until the run’s own state names it. */
export function firstSight(run: Run): Watched {
  const ttlMs = ttlOf(run);
  if (ttlMs === undefined || run.startedAt === undefined || isStarting(run)) return { run };
  return { run, expiresAt: new Date(Date.parse(run.startedAt) + ttlMs).toISOString() };
}

/**
 * Whom to ask about one by one, by what the list tells: those that need a look, then those that may have fallen silent,
 * the oldest first – events do not move `updatedAt` – and at last the newest of the others. `judged` as `byNeed` has it.
 */
export function worthAsking(judged: readonly Judged[], nowMs: number): readonly Judged[] {
  const needy = judged.filter(({ concerns }) => concerns.length > 0);
  const fine = judged.filter(({ concerns }) => concerns.length === 0);
  const maybeSilent = fine.filter(
    ({ run }) => run.status === 'running' && nowMs - Date.parse(run.updatedAt) >= QUIET_MS_MAX,
  );
  const first = new Set([...needy, ...maybeSilent.reverse()].slice(0, ASKED_OF_EACH_MAX));
  const others = fine.filter((each) => !first.has(each));
  return [...first, ...others.slice(0, ASKED_OF_EACH_MAX)];
}

/** What a run without a concern is doing. */
export function standingOf({ run, lastEvent }: Watched, nowMs: number): string {
  switch (run.status) {
    case 'queued':
      return 'Waits for its turn.';
    case 'starting':
      return run.executionMode === 'observer'
        ? 'Waits for an agent to open its session.'
        : 'The session is being opened.';
    case 'binding_session':
      return 'The first messages are on their way.';
    default:
      return lastEvent === undefined ? 'Its session is open.' : `Last heard of ${agoWords(lastEvent.ts, nowMs)}.`;
  }
}

function overdue({ run, expiresAt }: Watched, nowMs: number): Concern | undefined {
  if (run.status === 'suspended' || leftOf(expiresAt, nowMs) > 0 || expiresAt === undefined) return undefined;
  return {
    kind: 'overdue',
    reason: `Its deadline passed ${agoWords(expiresAt, nowMs)}, and no end was recorded.`,
    advice: 'See whether the runtime answers; cancel the run if it stays.',
  };
}

function suspended({ run, lastEvent }: Watched, nowMs: number): Concern | undefined {
  if (run.status !== 'suspended') return undefined;
  const silence = lastEvent && spanWords(nowMs - Date.parse(lastEvent.ts));
  return {
    kind: 'suspended',
    reason: silence === undefined ? 'Suspended.' : `Suspended; nothing has happened for ${silence}.`,
    advice: 'It goes on when somebody resumes it.',
  };
}

function streamBroken({ stream }: Watched, nowMs: number): Concern | undefined {
  if (stream?.status !== 'reconnecting') return undefined;
  return {
    kind: 'stream',
    reason: `Its stream from the runtime broke ${agoWords(stream.since, nowMs)} and is being taken up again.`,
    advice: 'What agents say meanwhile comes later; nothing is lost while the runtime keeps the session.',
  };
}

function deadlineNear({ run, expiresAt }: Watched, nowMs: number): Concern | undefined {
  if (expiresAt === undefined || run.status === 'suspended') return undefined;
  const left = leftOf(expiresAt, nowMs);
  const whole = Date.parse(expiresAt) - Date.parse(run.startedAt ?? run.createdAt);
  if (left <= 0 || left > Math.min(DEADLINE_NEAR_MS, whole * DEADLINE_NEAR_SHARE)) return undefined;
  return {
    kind: 'deadline',
    reason: `Only ${spanWords(left)} left, and there is no decision yet.`,
    advice: 'After that it fails by itself.',
  };
}

function unopened({ run }: Watched, nowMs: number): Concern | undefined {
  const waited = nowMs - Date.parse(run.createdAt);
  if (!isStarting(run) || run.executionMode !== 'observer' || waited < OBSERVE_MS_MAX) return undefined;
  return {
    kind: 'unopened',
    reason: `Waits for its session: no agent opened it for ${spanWords(waited)}.`,
    advice: 'See whether the agents run and know the session’s id.',
  };
}

function slowStart({ run }: Watched, nowMs: number): Concern | undefined {
  const waited = nowMs - Date.parse(run.createdAt);
  if (!isStarting(run) || run.executionMode === 'observer' || waited < START_MS_MAX) return undefined;
  return {
    kind: 'slow-start',
    reason:
      run.status === 'queued'
        ? `Has waited ${spanWords(waited)} for its turn.`
        : `Its session has been opening for ${spanWords(waited)}.`,
    advice: 'See whether the runtime answers.',
  };
}

function quiet({ run, lastEvent }: Watched, nowMs: number): Concern | undefined {
  if (run.status !== 'running' || lastEvent === undefined) return undefined;
  const silence = nowMs - Date.parse(lastEvent.ts);
  if (silence < QUIET_MS_MAX) return undefined;
  return {
    kind: 'quiet',
    reason: `Nobody has said anything for ${spanWords(silence)}.`,
    advice: 'An agent may have stopped; its run shows who was to speak next.',
  };
}

function isStarting({ status }: Run): boolean {
  return status === 'queued' || status === 'starting' || status === 'binding_session';
}

/** Infinite while no deadline is known. Milliseconds; negative once it passed. */
function leftOf(expiresAt: string | undefined, nowMs: number): number {
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - nowMs;
}
