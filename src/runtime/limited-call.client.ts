/**
 * Calls with a signal that aborts after `ms`, or when `signal` does. Leaves nothing behind in `signal`, which may live as long as
 * the process: `AbortSignal.any` would, and forgets a timeout that nobody else holds.
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal,
  call: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const onAbort = (): void => limit.abort(signal.reason);
  const timer = setTimeout(() => limit.abort(new DOMException('The time is over.', 'TimeoutError')), ms);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await call(limit.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
