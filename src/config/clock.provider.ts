import type { Clock } from '../contracts/time.js';

/** Injection token of the process's Clock. */
export const CLOCK = Symbol('CLOCK');

/** The machine's clock. Who sleeps keeps the process alive; on shutdown the sleepers are woken by their signals. */
export const systemClock: Clock = {
  now: () => Date.now(),
  ticks: () => Math.floor(performance.now()),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
    }),
};
