import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { within } from './limited-call.client.js';

const untilAborted = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener('abort', () => resolve(signal.reason));
  });

it('ends a call when its time is over, or when it is called off, and leaves nothing behind', async () => {
  const stop = new AbortController();
  expect(await within(1, stop.signal, untilAborted)).toMatchObject({ name: 'TimeoutError' });
  expect(await within(60_000, stop.signal, () => Promise.resolve('done'))).toBe('done');
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  const waiting = within(60_000, stop.signal, untilAborted);
  stop.abort('leave');
  expect(await waiting).toBe('leave');
  expect(await within(60_000, stop.signal, untilAborted)).toBe('leave');
});
