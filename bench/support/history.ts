import type { Context } from './scenario.js';
import { Stage, idsOf } from './stage.js';

/** Each envelope of the load becomes two events. */
export const EVENTS_PER_ENVELOPE = 2;
const SAMPLE_MS = 50;

export interface History {
  readonly runId: string;
  readonly latestSeq: number;
}

/** A running run with at least so many events. It is no longer followed, so that nothing is added to it. */
export async function historyOf(stage: Stage, context: Context, events: number): Promise<History> {
  const envelopes = Math.ceil(events / EVENTS_PER_ENVELOPE);
  const runs = await stage.loaded(1, envelopes);
  await stage.ingest(runs, envelopes, SAMPLE_MS);
  await stage.host.unfollow(idsOf(runs));
  const { runId } = runs[0]!;
  const latestSeq = await stage.latestSeq(runId);
  context.phase(`a run of ${latestSeq} events is there`);
  if (latestSeq < events) throw new Error(`${latestSeq} events are fewer than ${events}`);
  return { runId, latestSeq };
}
