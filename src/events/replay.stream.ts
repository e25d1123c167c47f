import { isAborted } from '../contracts/aborted.js';
import type { RunId } from '../contracts/ids.js';
import type { RunStatus } from '../contracts/run.js';
import { epochMs, isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { sseFrame } from './sse.js';
import type { EventText } from '../storage/event-text.js';
import { toEventFrame } from './wire-json.js';

const PAGE_MAX = 200;

/** Longest pause between two events of a timed replay, however long it was in truth. Milliseconds. */
export const REPLAY_PAUSE_MS_MAX = 10_000;

export interface ReplayPlan {
  readonly runId: RunId;
  readonly status: RunStatus;
  readonly latestSeq: number;
  /** `timed`: with the pauses there were, divided by `speed`. */
  readonly mode: 'instant' | 'timed';
  readonly speed: number;
  /** Inclusive. */
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly heartbeatMs: number;
}

export interface ReplayWorld {
  readonly clock: Clock;
  page(afterSeq: number, limit: number): Promise<readonly EventText[]>;
}

/**
 * Stored events `fromSeq` to `toSeq` as frames, with the same bytes and ids as live, then `end`. Throws where they end
 * before `toSeq`: the run was deleted, and its replay is not complete.
 */
export async function* replayStream(
  plan: ReplayPlan,
  world: ReplayWorld,
  signal: AbortSignal,
): AsyncGenerator<readonly Buffer[], void, undefined> {
  let last = plan.fromSeq - 1;
  let before: EventText | undefined;
  while (last < plan.toSeq && !signal.aborted) {
    const page = await world.page(last, Math.min(PAGE_MAX, plan.toSeq - last));
    if (page.length === 0) throw new AppError('RUN_NOT_FOUND', 'The run was deleted meanwhile.');
    if (plan.mode === 'instant') {
      yield page.map((event) => toEventFrame(event).bytes);
      last = page.at(-1)?.seq ?? plan.toSeq;
      continue;
    }
    for (const event of page) {
      yield* pause(pauseMs(plan, before, event), last, plan, world.clock, signal);
      if (isAborted(signal)) return;
      yield [toEventFrame(event).bytes];
      before = event;
      last = event.seq;
    }
  }
  if (last < plan.toSeq) return;
  const end = { reason: 'replay_complete', runId: plan.runId, status: plan.status, latestSeq: plan.latestSeq };
  yield [sseFrame({ event: 'end', data: JSON.stringify(end) })];
}

/** Times may step back between two events; then there is no pause. */
export function pauseMs(
  plan: Pick<ReplayPlan, 'speed'>,
  before: Pick<EventText, 'ts'> | undefined,
  event: Pick<EventText, 'ts'>,
): number {
  if (before === undefined) return 0;
  const gapMs = Math.max(0, epochMs(event.ts) - epochMs(before.ts));
  return Math.min(gapMs / plan.speed, REPLAY_PAUSE_MS_MAX);
}

async function* pause(
  ms: number,
  latestSeq: number,
  { heartbeatMs }: ReplayPlan,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<readonly Buffer[], void, undefined> {
  let leftMs = ms;
  while (leftMs > 0 && !signal.aborted) {
    const napMs = Math.min(leftMs, heartbeatMs);
    await clock.sleep(napMs, signal);
    leftMs -= napMs;
    const data = JSON.stringify({ ts: isoTime(clock.now()), latestSeq });
    if (leftMs > 0) yield [sseFrame({ event: 'heartbeat', data })];
  }
}
