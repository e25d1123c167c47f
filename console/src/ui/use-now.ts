import { useSyncExternalStore } from 'react';
import { toServerTime } from '../api/server-clock.js';

const TICK_MS = 1_000;
const watchers = new Set<() => void>();
let now = Date.now();
let today = dayOf(now);
let timer = 0;

/** The time by the control plane's clock, once a second: one clock for the whole page. Milliseconds since 1970. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

/** When today began. Only a new day renders again. Milliseconds since 1970. */
export function useToday(): number {
  return useSyncExternalStore(watch, () => today);
}

function watch(watcher: () => void): () => void {
  if (watchers.size === 0) {
    look();
    timer = window.setInterval(tick, TICK_MS);
  }
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0) window.clearInterval(timer);
  };
}

function tick(): void {
  look();
  for (const watcher of watchers) watcher();
}

function look(): void {
  now = toServerTime(Date.now());
  today = dayOf(now);
}

function dayOf(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}
