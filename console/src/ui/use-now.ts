import { useSyncExternalStore } from 'react';

const TICK_MS = 1_000;
const watchers = new Set<() => void>();
let now = Date.now();
let timer = 0;

/** The time, once a second: one clock for the whole page. Milliseconds since 1970. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

function watch(watcher: () => void): () => void {
  if (watchers.size === 0) {
    now = Date.now();
    timer = window.setInterval(tick, TICK_MS);
  }
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) window.clearInterval(timer);
  };
}

function tick(): void {
  now = Date.now();
  for (const watcher of watchers) watcher();
}
