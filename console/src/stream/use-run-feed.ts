import { useSyncExternalStore } from 'react';
import type { RunFeedState } from './run-feed.js';
import { RunFeed } from './run-feed.client.js';

/** Feeds of the runs that were opened last; one that is watched is never among the dropped. */
const FEEDS_MAX = 16;
const feeds = new Map<string, RunFeed>();

/** The run as its stream tells it, live. All watchers of a run share one stream. */
export function useRunFeed(runId: string): RunFeedState {
  const feed = feedOf(runId);
  return useSyncExternalStore(feed.watch, feed.read);
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
