import { startTransition, useEffect, useState } from 'react';
import type { RunFeedState } from './run-feed.js';
import { RunFeed } from './run-feed.client.js';

/** Feeds of the runs that were opened last; one that is watched is never among the dropped. */
const FEEDS_MAX = 16;
const feeds = new Map<string, RunFeed>();

/**
 * The run as its stream tells it, live. All watchers of a run share one stream. What is new is rendered as a transition:
 * in slices between frames, and never before what somebody does – all but the first state, which somebody waits for.
 */
export function useRunFeed(runId: string): RunFeedState {
  const feed = feedOf(runId);
  const [shown, show] = useState(() => ({ feed, state: feed.read() }));
  useEffect(() => {
    let hasState = false;
    const update = (): void => {
      const state = feed.read();
      if (hasState) startTransition(() => show({ feed, state }));
      else show({ feed, state });
      hasState = state.state !== undefined;
    };
    const leave = feed.watch(update);
    // What was heard between the first rendering and now.
    update();
    return leave;
  }, [feed]);
  return shown.feed === feed ? shown.state : feed.read();
}

/** Asks again for a run whose stream was refused. */
export function retryRunFeed(runId: string): void {
  feeds.get(runId)?.retry();
}

function feedOf(runId: string): RunFeed {
  const known = feeds.get(runId);
  if (known) return known;
  for (const [id, feed] of feeds) {
    if (feeds.size < FEEDS_MAX) break;
    if (!feed.isWatched) feeds.delete(id);
  }
  const feed = new RunFeed(runId);
  feeds.set(runId, feed);
  return feed;
}
